import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listShippedPackages } from '../scripts/shipped-packages.ts';

const root = join(import.meta.dirname, '..');
const packages = listShippedPackages(root);
const named = (name: string) => packages.find((each) => each.name === name);

test('every dependency of the product is listed, and nothing of development', () => {
  const readJson = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { dependencies, devDependencies } = readJson('package.json');
  const { packages: locked } = readJson('package-lock.json');
  for (const [name, version] of Object.entries(dependencies))
    expect(named(name)).toMatchObject({ version });
  // One that a dependency of the product needs too is shipped with it.
  const ours = Object.keys(devDependencies).filter((name) => locked[`node_modules/${name}`].dev);
  expect(ours).toContain('vitest');
  for (const name of ours) expect(named(name)).toBeUndefined();
});

test('each has a licence that permits shipping', () => {
  const kinds = new Set(packages.map(({ licence }) => licence));
  for (const kind of kinds)
    expect(kind).toMatch(
      /^\(?(MIT|BSD-\d-Clause|ISC|Apache-2\.0|0BSD|Zlib|CC0-1\.0)( (AND|OR) \w.*)?\)?$/,
    );
  expect(named('jstat')?.licence).toBe('MIT');
});

test('packages for other systems are left out', () => {
  expect(packages.filter(({ name }) => /darwin|win32|android/.test(name))).toEqual([]);
});
