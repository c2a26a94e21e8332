import { describe, expect, it } from 'vitest';
import { isRouted, manifestFiles, type Manifests, readManifest } from './kubernetes-manifests.ts';

const deployment = readManifest('deployment.yaml');
const pod = deployment.spec.template.spec;
const [container] = pod.containers as [(typeof pod.containers)[0]];
const { labels } = deployment.spec.template.metadata;

/** The value of one of Triton's arguments. */
function argument(name: string): string | undefined {
  return container.args.find((each) => each.startsWith(`--${name}=`))?.split('=')[1];
}

function portOf(name: string): string {
  return String(container.ports.find((port) => port.name === name)?.containerPort);
}

describe('the manifests for Kubernetes', () => {
  it.each(manifestFiles)('%s is YAML, with one object', (name) => {
    expect(readManifest(name as keyof Manifests)).toBeTypeOf('object');
  });

  it('are applied together, but for the values of another chart', () => {
    const apart = ['kustomization.yaml', 'prometheus-adapter.yaml'];
    const { resources } = readManifest('kustomization.yaml');
    expect(resources.toSorted()).toEqual(
      manifestFiles.filter((name) => !apart.includes(name)).sort(),
    );
  });

  it('live in the namespace that they make, under the strictest rules for pods', () => {
    const { metadata } = readManifest('namespace.yaml');
    expect(readManifest('kustomization.yaml').namespace).toBe(metadata.name);
    expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  it('name an image of one release', () => {
    const { images } = readManifest('kustomization.yaml');
    const image = images.find(({ name }) => name === container.image);
    expect(image?.digest ?? image?.newTag).toMatch(/^(sha256:[0-9a-f]{64}|\d\d\.\d\d-py3)$/);
  });
});

describe('the deployment', () => {
  it('listens on the ports that it names', () => {
    expect(argument('http-port')).toBe(portOf('http'));
    expect(argument('metrics-port')).toBe(portOf('metrics'));
    expect(container.ports).toHaveLength(2);
  });

  it.each([
    ['startupProbe', '/v2/health/ready'],
    ['readinessProbe', '/v2/health/ready'],
    ['livenessProbe', '/v2/health/live'],
  ] as const)('has a %s on %s', (name, path) => {
    expect(container[name].httpGet).toEqual({ path, port: 'http' });
  });

  it('reads the models from the claim and cannot write there', () => {
    const mount = container.volumeMounts.find(({ name }) => name === 'models');
    expect(mount).toMatchObject({ mountPath: argument('model-repository'), readOnly: true });
    const volume = pod.volumes.find(({ name }) => name === 'models');
    const { metadata } = readManifest('models-claim.yaml');
    expect(volume?.persistentVolumeClaim?.claimName).toBe(metadata.name);
  });

  it('mounts every volume', () => {
    const mounted = container.volumeMounts.map(({ name }) => name);
    expect(mounted.toSorted()).toEqual(pod.volumes.map(({ name }) => name).toSorted());
  });

  it('has no rights that it does not need', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(argument('model-control-mode')).toBe('none');
    expect(argument('allow-grpc')).toBe('false');
  });

  it('asks for what it needs and no more', () => {
    expect(Object.keys(container.resources.requests).sort()).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits).sort()).toEqual(['memory', 'nvidia.com/gpu']);
  });

  it('ends its work before it is ended', () => {
    const { seconds } = container.lifecycle.preStop.sleep;
    const needed = seconds + Number(argument('exit-timeout-secs'));
    expect(needed).toBeLessThan(pod.terminationGracePeriodSeconds);
  });
});

describe('what points to the deployment', () => {
  it('selects its pods', () => {
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(readManifest('service.yaml').spec.selector).toEqual(labels);
    expect(readManifest('disruption-budget.yaml').spec.selector.matchLabels).toEqual(labels);
    expect(readManifest('network-policy.yaml').spec.podSelector.matchLabels).toEqual(labels);
    expect(readManifest('pod-monitor.yaml').spec.selector.matchLabels).toEqual(labels);
  });

  it('scales it, and nobody else does', () => {
    const { scaleTargetRef } = readManifest('autoscaler.yaml').spec;
    expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name: deployment.metadata.name });
    expect(deployment.spec.replicas).toBeUndefined();
  });

  it('leaves a pod over when one must go', () => {
    const { minReplicas, maxReplicas } = readManifest('autoscaler.yaml').spec;
    expect(readManifest('disruption-budget.yaml').spec.minAvailable).toBeLessThan(minReplicas);
    expect(minReplicas).toBeLessThan(maxReplicas);
  });

  it('scales on the metric that the adapter makes of the queue', () => {
    const { metrics } = readManifest('autoscaler.yaml').spec;
    const { custom } = readManifest('prometheus-adapter.yaml').rules;
    expect(metrics.map(({ pods }) => pods.metric.name)).toEqual(custom.map(({ name }) => name.as));
    expect(custom[0]?.seriesQuery).toMatch(/^nv_inference_queue_duration_us\{/);
    expect(custom[0]?.metricsQuery).toContain('nv_inference_queue_duration_us{');
  });

  it('scrapes the port of the metrics', () => {
    const endpoints = readManifest('pod-monitor.yaml').spec.podMetricsEndpoints;
    expect(endpoints).toMatchObject([{ port: 'metrics', path: '/metrics' }]);
  });

  it('lets in the gateway and Prometheus, each on its port, and nothing out', () => {
    const { policyTypes, ingress, egress } = readManifest('network-policy.yaml').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      ['http'],
      ['metrics'],
    ]);
    expect(ingress.every(({ from }) => from.length === 1)).toBe(true);
    expect(egress).toEqual([]);
  });

  it('is reached through the service', () => {
    const service = readManifest('service.yaml');
    const [port] = service.spec.ports;
    expect(port?.targetPort).toBe('http');
    for (const { backendRefs } of readManifest('route.yaml').spec.rules)
      expect(backendRefs).toEqual([{ name: service.metadata.name, port: port?.port }]);
  });
});

describe('the route', () => {
  const model = '/v2/models/chest-child.1.0.0.1';

  it.each([
    ['GET', '/v2'],
    ['GET', '/v2/health/live'],
    ['GET', '/v2/health/ready'],
    ['GET', model],
    ['GET', `${model}/ready`],
    ['GET', `${model}/versions/1/config`],
    ['POST', `${model}/infer`],
    ['POST', `${model}/versions/1/infer`],
  ])('lets through %s %s', (method, path) => {
    expect(isRouted(method, path)).toBe(true);
  });

  it.each([
    ['POST', '/v2/repository/index'],
    ['POST', '/v2/repository/models/chest-child.1.0.0.1/load'],
    ['POST', '/v2/systemsharedmemory/region/x/register'],
    ['GET', '/v2/systemsharedmemory/status'],
    ['POST', '/v2/logging'],
    ['POST', `${model}/trace/setting`],
    ['POST', `${model}/generate`],
    ['GET', '/metrics'],
  ])('keeps out %s %s', (method, path) => {
    expect(isRouted(method, path)).toBe(false);
  });
});
