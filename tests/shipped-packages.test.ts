import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listShippedPackages } from '../scripts/shipped-packages.ts';

const root = join(import.meta.dirname, '..');
const packages = listShippedPackages(root);
const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const isNeeded = (name: string) => locked[`node_modules/${name}`].dev !== true;
const named = (name: string) => packages.find((each) => each.name === name);

test('every dependency of the product is listed, and nothing of development', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  for (const [name, version] of Object.entries(dependencies))
    expect(named(name)).toMatchObject({ version });
  // What development asks for may be needed by a package of the product too.
  const forDevelopment = Object.keys(devDependencies).filter((name) => !isNeeded(name));
  expect(forDevelopment).toContain('vitest');
  for (const name of forDevelopment) expect(named(name)).toBeUndefined();
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
