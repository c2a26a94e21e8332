import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { disk } from '../device/files.ts';
import { loadBundle } from '../models/bundle.ts';
import { canonicalJson } from '../models/canonical-json.ts';

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  [more: string]: unknown;
}

interface Bill {
  metadata: { component: Component; [more: string]: unknown };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  [more: string]: unknown;
}

interface Lock {
  packages: Record<string, { dev?: boolean; version: string }>;
}

/**
 * The bill of materials (CycloneDX 1.5) out of what `npm sbom` says and the bundles of a folder. What differs from run
 * to run or from machine to machine (time, random number, npm's own version, the checkout's name) is left out.
 */
export function describeShipment(npmText: string, lock: string, bundleFolder: string): string {
  const bill = JSON.parse(npmText) as Bill;
  const models = listBundles(bundleFolder).map(describeModel);
  const { component } = bill.metadata;
  const product = { ...component, name: 'scanside', type: 'application' };
  const shipped = listShipped(lock);
  const packages = bill.components.filter((each) => shipped.has(each['bom-ref'])).map(withLicence);
  const components = [...packages, ...models].toSorted(byReference);
  const root = component['bom-ref'];
  const known = bill.dependencies.filter(({ ref }) => ref === root || shipped.has(ref));
  const dependencies = known.map((each) => ({
    ref: each.ref,
    dependsOn: [
      ...(each.dependsOn ?? []).filter((ref) => shipped.has(ref)),
      ...(each.ref === root ? models.map((model) => model['bom-ref']) : []),
    ],
  }));
  const content = { ...bill, metadata: { component: product }, components, dependencies };
  return `${JSON.stringify({ ...content, serialNumber: serialOf(content) }, undefined, 2)}\n`;
}

/**
 * Packages that are not for development alone, as `NAME@VERSION`. npm's own `--omit=dev` leaves out what a development
 * package needs too.
 */
function listShipped(lock: string): Set<string> {
  const { packages } = JSON.parse(lock) as Lock;
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  return new Set(
    shipped.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`),
  );
}

/** Licences that a package names in a form which npm no longer reads. */
const oldForm: Readonly<Record<string, string>> = { jstat: 'MIT' };

function withLicence(component: Component): Component {
  const id = oldForm[component.name];
  return id ? { ...component, licenses: [{ license: { id } }] } : component;
}

function byReference(a: Component, b: Component): number {
  return a['bom-ref'] < b['bom-ref'] ? -1 : 1;
}

function listBundles(folder: string): string[] {
  return disk
    .list(folder)
    .flatMap((name) => disk.list(join(folder, name)).map((version) => join(folder, name, version)));
}

/** A bundle as a machine-learning model: what it is for and where its figures come from. */
function describeModel(folder: string): Component {
  const { manifest, hash } = loadBundle(folder, disk);
  const { name, version } = manifest.identity;
  return {
    'bom-ref': `model:${name}@${version}`,
    type: 'machine-learning-model',
    name,
    version,
    scope: 'required',
    hashes: [{ alg: 'SHA-256', content: hash }],
    licenses: [{ license: { name: manifest.provenance.licence } }],
    modelCard: {
      considerations: { technicalLimitations: [manifest.evidence.statement] },
      modelParameters: { datasets: [{ type: 'dataset', name: manifest.provenance.data }] },
    },
  };
}

/** A UUID of version 8 (RFC 9562, 5.8) that the content decides, so that the same content has the same. */
function serialOf(content: Record<string, unknown>): string {
  const rest = { ...content, serialNumber: '' };
  const hex = createHash('sha256').update(canonicalJson(rest)).digest('hex');
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${a}-${b}-${c}-${d}-${e}`;
}
