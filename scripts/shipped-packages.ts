import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShippedPackage } from '../panel/view/pages/about.ts';

interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
  /** One or several. */
  os?: string | string[];
  cpu?: string | string[];
}

/** A package that names its licence in the form of old has it in its own file alone. */
interface OldPackage {
  licenses?: { type: string }[];
}

const machines = { os: 'linux', cpu: ['x64', 'arm64'] };

/** The packages that run on the device, by name, from the lock file in `root`. */
export function listShippedPackages(root: string): ShippedPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const shipped = Object.entries(lock.packages)
    .filter(([path, locked]) => path !== '' && !locked.dev && runsHere(locked))
    // Declarations of types are installed with what names them, and never run.
    .filter(([path]) => !path.includes('node_modules/@types/'))
    .map(([path, { version, license }]) => ({
      name: path.split('node_modules/').at(-1) ?? path,
      version,
      licence: license ?? oldLicence(join(root, path)),
    }));
  const unique = new Map(shipped.map((each) => [`${each.name}@${each.version}`, each]));
  return [...unique.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

function runsHere({ os = machines.os, cpu = machines.cpu }: Locked): boolean {
  return (
    [os].flat().includes(machines.os) && [cpu].flat().some((one) => machines.cpu.includes(one))
  );
}

/** Throws where a package names no licence at all: it must not be shipped. */
function oldLicence(folder: string): string {
  const file = join(folder, 'package.json');
  const { licenses = [] } = JSON.parse(readFileSync(file, 'utf8')) as OldPackage;
  if (licenses.length === 0) throw new Error(`${file} names no licence`);
  return licenses.map(({ type }) => type).join(' OR ');
}
