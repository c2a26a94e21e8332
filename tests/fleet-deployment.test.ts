import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { fleetServe } from '../cli/fleet-serve.ts';
import { metricNames } from '../runtime/metrics.ts';

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

interface Service {
  image: string;
  command?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}

const folder = join(root, 'deploy', 'fleet');
const compose = parse(readFileSync(join(folder, 'docker-compose.yml'), 'utf8')) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

it('composes a service that exists, with options that it knows, from files that are here', () => {
  const [, launcher = '', main = '', ...args] = compose.services['fleet-1']!.command!;
  expect([launcher, main].map((path) => existsSync(join(root, path)))).toEqual([true, true]);
  const options = args.filter((arg) => arg.startsWith('--'));
  expect(options).toContain('--broker');
  expect(options.filter((option) => !fleetServe.usage.includes(`  ${option} `))).toEqual([]);
  const mounted = compose.services['broker']!.volumes!.map((volume) => volume.split(':')[0]!);
  const shipped = mounted.filter((path) => path.startsWith('../'));
  expect(shipped.map((path) => existsSync(join(folder, path)))).toEqual([true, true]);
});

it('composes by fixed versions, and names no service or volume that is not there', () => {
  const services = Object.values(compose.services);
  for (const { image } of services) expect(image).toMatch(/^[a-z-]+(\/[a-z-]+)?:\d+(\.\d+)+/);
  for (const name of services.flatMap((each) => Object.keys(each.depends_on ?? {})))
    expect(Object.keys(compose.services)).toContain(name);
  const kept = services
    .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]!))
    .filter((name) => !name.startsWith('.'));
  expect(kept.sort()).toEqual(Object.keys(compose.volumes).sort());
});

it('draws every metric that a device has, and none that it has not', () => {
  const dashboard = readFileSync(join(root, 'deploy', 'grafana', 'devices.json'), 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const drawn = expressions.flatMap(
    (text) => text.match(/\b(process|hw|system|dicom|scanside)_\w+(?=\{)/g) ?? [],
  );
  expect(drawn.filter((name) => !metricNames.includes(name))).toEqual([]);
  const elsewhere = ['process_uptime_seconds', 'system_memory_available_bytes'];
  expect(metricNames.filter((name) => !drawn.includes(name))).toEqual(elsewhere);
});
