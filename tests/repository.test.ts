import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  license?: string;
  dev?: boolean;
  resolved?: string;
  hasInstallScript?: boolean;
}

const root = join(import.meta.dirname, '..');

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every file that a commit would hold. */
function allFiles(): [string, string][] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  const present = paths.filter((path) => path && existsSync(join(root, path)));
  return present.map((path): [string, string] => [path, readText(path)]);
}

const isBinary = (text: string) => text.includes('\0');

/** Binary files that the project has made, by folder and kind. */
const ownBinaries = [
  /^models\/bundles\/.*\.(dcm|onnx|bin)$/,
  /^demo\/radiographs\/.*\.jpg$/,
  /^docs\/(panel|fleet)\/.*\.webp$/,
  /^docs\/commissioning-report\.png$/,
];

function lockedPackages(): [string, LockedPackage][] {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
    readText('package-lock.json'),
  );
  return Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'));
}

describe('the repository', () => {
  const all = allFiles();
  const files = all.filter(([, text]) => !isBinary(text));

  it('has been read', () => {
    expect(files.map(([path]) => path)).toContain('tests/repository.test.ts');
  });

  it.each([
    ['a path of somebody’s machine', /(^|[\s'"`(=:])\/(work|root|home|Users)\//m],
    ['the name of a package registry', /registry\.[a-z]+js\.org|pypi\.org|\/(artifactory|nexus)\//],
    ['a private key', new RegExp('-----BEGIN [A-Z ]*PRIVATE KEY')],
  ])('holds nowhere %s', (_, pattern) => {
    expect(files.filter(([, text]) => pattern.test(text)).map(([path]) => path)).toEqual([]);
  });

  it('holds no binary file but those of its own making', () => {
    const binaries = all.filter(([, text]) => isBinary(text)).map(([path]) => path);
    expect(binaries.length).toBeGreaterThan(0);
    expect(binaries.filter((path) => !ownBinaries.some((own) => own.test(path)))).toEqual([]);
  });

  it('has the licence that it declares', () => {
    expect(JSON.parse(readText('package.json')).license).toBe('Apache-2.0');
    expect(readText('LICENSE')).toContain('Apache License');
  });
});

describe('the dependencies', () => {
  const locked = lockedPackages();

  it('are declared with exact versions', () => {
    const manifest = JSON.parse(readText('package.json'));
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const versions = Object.entries({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    });
    expect(versions.length).toBeGreaterThan(5);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });

  it('are locked without naming the registry that they came from', () => {
    expect(locked.length).toBeGreaterThan(50);
    expect(locked.filter(([, entry]) => entry.resolved).map(([path]) => path)).toEqual([]);
  });

  it('are installed without running scripts', () => {
    expect(readText('.npmrc').split('\n').filter(Boolean).sort()).toEqual([
      'audit=false',
      'fund=false',
      'ignore-scripts=true',
      'save-exact=true',
    ]);
  });

  // Works without: core-js-pure prints an advertisement; koffi compiles what it has compiled already for every platform
  // of ours; onnxruntime-node downloads CUDA libraries, which the device does not use.
  it('need none of the install scripts that they bring', () => {
    const scripted = locked.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path);
    expect(scripted).toEqual(
      ['core-js-pure', 'koffi', 'onnxruntime-node'].map((name) => `node_modules/${name}`),
    );
  });

  it('are under licences that allow shipping them', () => {
    const wrong = locked.filter(([path, entry]) => !isAllowed(path, entry));
    expect(wrong.map(([path, entry]) => `${path}: ${licenceOf(path, entry)}`)).toEqual([]);
  });
});

/** The package's own word where it is installed; packages for other platforms are only in the lock file. */
function licenceOf(path: string, locked: LockedPackage): string {
  const file = join(path, 'package.json');
  if (!existsSync(join(root, file))) return locked.license ?? 'none';
  const manifest = JSON.parse(readText(file));
  return manifest.license ?? manifest.licenses?.[0]?.type ?? 'none';
}

const allowedLicences = ['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];

/** Licences beyond the allowed ones, each with the reason why it does no harm. */
const exceptions: Record<string, (entry: LockedPackage) => boolean> = {
  // A choice; MIT is taken.
  '(MIT OR CC0-1.0)': () => true,
  // Zlib asks no more than MIT does.
  '(MIT AND Zlib)': () => true,
  // Copyleft by file; the CSS compiler inside the test runner, never shipped.
  'MPL-2.0': (entry) => entry.dev === true,
};

function isAllowed(path: string, entry: LockedPackage): boolean {
  const licence = licenceOf(path, entry);
  return allowedLicences.includes(licence) || exceptions[licence]?.(entry) === true;
}
