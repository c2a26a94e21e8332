import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const folder = join(import.meta.dirname, '..', 'deploy', 'kubernetes');

/** Names of the files, without the page that explains them. */
export const manifestFiles = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

interface Port {
  name: string;
  containerPort: number;
}

interface Probe {
  httpGet: { path: string; port: string };
}

export interface Container {
  image: string;
  args: string[];
  ports: Port[];
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
  lifecycle: { preStop: { sleep: { seconds: number } } };
  resources: { requests: Record<string, unknown>; limits: Record<string, unknown> };
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface Labelled {
  matchLabels: Record<string, string>;
}

export interface Deployment {
  metadata: { name: string };
  spec: {
    replicas?: number;
    selector: Labelled;
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        automountServiceAccountToken: boolean;
        terminationGracePeriodSeconds: number;
        securityContext: Record<string, unknown>;
        containers: Container[];
        volumes: { name: string; persistentVolumeClaim?: { claimName: string } }[];
      };
    };
  };
}

interface PathMatch {
  path: { type: 'Exact' | 'PathPrefix' | 'RegularExpression'; value: string };
  method: string;
}

/** The parts of the other files that are held against each other, by file. */
export interface Manifests {
  'kustomization.yaml': {
    namespace: string;
    images: { name: string; newTag?: string; digest?: string }[];
    resources: string[];
  };
  'namespace.yaml': { metadata: { name: string; labels: Record<string, string> } };
  'models-claim.yaml': { metadata: { name: string } };
  'deployment.yaml': Deployment;
  'service.yaml': {
    metadata: { name: string };
    spec: { selector: Record<string, string>; ports: { port: number; targetPort: string }[] };
  };
  'autoscaler.yaml': {
    spec: {
      scaleTargetRef: { kind: string; name: string };
      minReplicas: number;
      maxReplicas: number;
      metrics: { pods: { metric: { name: string } } }[];
    };
  };
  'disruption-budget.yaml': { spec: { minAvailable: number; selector: Labelled } };
  'network-policy.yaml': {
    spec: {
      podSelector: Labelled;
      policyTypes: string[];
      ingress: { from: unknown[]; ports: { port: string }[] }[];
      egress: unknown[];
    };
  };
  'pod-monitor.yaml': {
    spec: { selector: Labelled; podMetricsEndpoints: { port: string; path: string }[] };
  };
  'route.yaml': {
    spec: {
      rules: { matches: PathMatch[]; backendRefs: { name: string; port: number }[] }[];
    };
  };
  'prometheus-adapter.yaml': {
    rules: { custom: { seriesQuery: string; name: { as: string }; metricsQuery: string }[] };
  };
}

/** Reads one manifest, of which every file holds exactly one. Throws for what is no YAML. */
export function readManifest<Name extends keyof Manifests>(name: Name): Manifests[Name] {
  const documents = parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { strict: true });
  const [first, ...others] = Array.isArray(documents) ? documents : [];
  if (!first || others.length > 0) throw new Error(`${name} must hold one document`);
  const [error] = [...first.errors, ...first.warnings];
  if (error) throw error;
  return first.toJS() as Manifests[Name];
}

/** Whether a route lets a request through, as the Gateway API means its matches. */
export function isRouted(method: string, path: string): boolean {
  const { rules } = readManifest('route.yaml').spec;
  return rules
    .flatMap(({ matches }) => matches)
    .some((match) => match.method === method && matchesPath(match.path, path));
}

function matchesPath({ type, value }: PathMatch['path'], path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'PathPrefix') return path === value || path.startsWith(`${value}/`);
  return new RegExp(`^${value}$`).test(path);
}
