import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fleetServe } from '../cli/fleet-serve.ts';

const root = join(import.meta.dirname, '..');
const unit = readFileSync(join(root, 'deploy', 'fleet', 'scanside-fleet@.service'), 'utf8');

/** The values of a key in the unit, in their order. */
const values = (key: string) =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);

it('has nothing in the unit but comments, sections and settings', () => {
  const odd = unit.split('\n').filter((line) => !/^(#.*|\[\w+\]|[A-Z]\w+=.*|)$/.test(line));
  expect(odd).toEqual([]);
});

it('starts a command that exists, with options that it knows', async () => {
  const [program = '', launcher = '', main = '', ...args] = values('ExecStart')[0]!.split(' ');
  expect(program).toBe('/usr/bin/node');
  expect([launcher, main].map((path) => existsSync(join(root, path)))).toEqual([true, true]);
  expect(args.slice(0, 2)).toEqual(['fleet', 'serve']);
  const options = args.filter((arg) => arg.startsWith('--'));
  expect(options.filter((option) => !fleetServe.usage.includes(`  ${option} `))).toEqual([]);
});

it('starts again by itself and may write nowhere but in its own folder', () => {
  expect(values('Restart')).toEqual(['always']);
  expect(values('ProtectSystem')).toEqual(['strict']);
  expect(values('StateDirectory')).toEqual(['scanside-fleet']);
  expect(values('CapabilityBoundingSet')).toEqual(['']);
});
