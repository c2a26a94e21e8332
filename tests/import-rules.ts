import { posix } from 'node:path';
import type { Reference, SourceModule } from './source-module.ts';

/** Which folders or files of ours `from` may import. Its own folder is always allowed. */
export interface Row {
  from: string;
  may: string[];
  /** May name types of everything: they are erased, and nothing is connected by them. */
  typesOfEverything?: true;
}

/** Names of the packages in package.json. */
export interface Packages {
  dependencies: string[];
  devDependencies: string[];
}

/** Folders that serve the product and are never part of it. */
const workshop = ['tests', 'benchmarks', 'scripts'];

const networkModules = ['net', 'tls', 'http', 'https', 'http2', 'dgram'].map(
  (name) => `node:${name}`,
);

const networkPlaces =
  /^(runtime\/dicom\/(receiver|requestor)[^/]*\.ts$|runtime\/panel-answer\.ts$|runtime\/outbox\/(http-peer|mllp-connection)\.ts$|(runtime\/inference\/kserve|panel|ota|audit|device|provisioning|demo)\/)/;

/** One sentence for every reference of the module that the table does not allow. */
export function importViolations(module: SourceModule, rows: Row[], packages: Packages): string[] {
  const row = rows.find(({ from }) => isWithin(module.path, from));
  if (!row && !isWorkshop(module.path))
    return [`${module.path} belongs to no row of the import table.`];
  return module.references.flatMap((reference) => {
    const rule = broken(module.path, reference, row, packages);
    return rule ? [`${module.path} imports ${reference.specifier}, but ${rule}.`] : [];
  });
}

/** Whether `path` is the file `place` or lies in the folder `place`. */
function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function isWorkshop(path: string): boolean {
  return /\.(test|config)\.ts$/.test(path) || workshop.some((place) => isWithin(path, place));
}

function broken(path: string, to: Reference, row: Row | undefined, packages: Packages) {
  if (to.specifier.startsWith('.')) return brokenOurs(path, to, row);
  if (to.specifier.startsWith('node:')) return brokenBuiltIn(path, to);
  return brokenPackage(path, to.specifier, packages);
}

function brokenOurs(path: string, to: Reference, row: Row | undefined): string | undefined {
  const target = posix.join(posix.dirname(path), to.specifier);
  if (isWorkshop(path)) return undefined;
  if (isWorkshop(target)) return 'nothing of the product imports tests, benchmarks or scripts';
  if (row?.typesOfEverything && to.typeOnly) return undefined;
  const allowed = row ? [row.from, ...row.may] : [];
  if (allowed.some((place) => isWithin(target, place))) return undefined;
  return `${row?.from} may import only ${row?.may.join(', ') || 'nothing of ours'}`;
}

function brokenBuiltIn(path: string, to: Reference): string | undefined {
  if (to.typeOnly || !networkModules.includes(to.specifier)) return undefined;
  if (isWorkshop(path) || networkPlaces.test(path)) return undefined;
  return 'only the DICOM receiver and requestor, the couriers, the inference server’s client, the health check and the outer folders open sockets';
}

function brokenPackage(path: string, specifier: string, packages: Packages): string | undefined {
  const scoped = specifier.startsWith('@');
  const name = specifier.split('/', scoped ? 2 : 1).join('/');
  if (packages.dependencies.includes(name)) return undefined;
  if (!packages.devDependencies.includes(name)) return 'package.json does not declare it';
  return isWorkshop(path) ? undefined : 'it is a devDependency and this is product code';
}
