import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { storedName } from '../ota/trust/target.ts';
import { temporaryFolder } from './peers/process.ts';
import { chest2, manifestOf, release, UpdateRepository } from './update-repository.ts';

const client = join(import.meta.dirname, '..', 'bin', 'tuf-client');
let repository: UpdateRepository;
let requests: string[];
let metadata: string;
let targets: string;
let address: string;

beforeEach(async () => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  [metadata, targets] = [join(path, 'metadata'), join(path, 'targets')];
  repository = new UpdateRepository();
  repository.now = Date.now() - 1000;
  repository.targets['models.chest']![chest2] = release('chest', 2);
  repository.publishRoot();
  repository.publish();
  requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    const bytes = files().get(request.url!);
    response.writeHead(bytes ? 200 : 404).end(bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(path, 'root.json'), repository.files.get('1.root.json')!);
  expect(await run('init', join(path, 'root.json'))).toBe(0);
});

/** The web server, by path. */
function files(): Map<string, Buffer> {
  const stored = storedName({ path: chest2, hashes: release('chest', 2).hashes });
  return new Map([
    ...[...repository.files].map(([name, bytes]) => [`/metadata/${name}`, bytes] as const),
    [`/targets/${stored}`, manifestOf('chest', 2)],
  ]);
}

async function run(...args: string[]): Promise<number> {
  const child = spawn(client, ['--metadata-dir', metadata, ...args], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  return code;
}

const refresh = () => run('--metadata-url', `${address}/metadata`, 'refresh');
const download = (name: string) =>
  run(
    '--metadata-url',
    `${address}/metadata`,
    '--target-name',
    name,
    '--target-base-url',
    `${address}/targets`,
    '--target-dir',
    targets,
    'download',
  );

/** Roles whose metadata the client says that it believes. */
function believed(): Record<string, number> {
  const names = readdirSync(metadata).filter((name) => name.endsWith('.json'));
  const version = (name: string) =>
    JSON.parse(readFileSync(join(metadata, name), 'utf8')).signed.version as number;
  return Object.fromEntries(names.map((name) => [name.slice(0, -5), version(name)]));
}

it('asks nobody until it is to refresh', () => {
  expect(requests).toEqual([]);
  expect(believed()).toEqual({ root: 1 });
});

it('refreshes, and shows what it believes', async () => {
  expect(await refresh()).toBe(0);
  expect(believed()).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
  expect(requests).toEqual(
    ['2.root', 'timestamp', '1.snapshot', '1.targets'].map((name) => `/metadata/${name}.json`),
  );
});

it('ends with 1 where it refuses, and believes what it did', async () => {
  expect(await refresh()).toBe(0);
  const old = repository.files.get('timestamp.json')!;
  repository.publish();
  expect(await refresh()).toBe(0);
  repository.files.set('timestamp.json', old);
  expect(await refresh()).toBe(1);
  expect(believed()).toMatchObject({ timestamp: 2, snapshot: 2 });
});

it('downloads a target once', async () => {
  expect(await download(chest2)).toBe(0);
  expect(await download(chest2)).toBe(0);
  const [name = ''] = readdirSync(targets);
  expect(readFileSync(join(targets, name))).toEqual(manifestOf('chest', 2));
  expect(requests.filter((path) => path.startsWith('/targets'))).toHaveLength(1);
  expect(believed()).toMatchObject({ 'models.chest': 1 });
});

it('ends with 1 for a target that nobody has signed for', async () => {
  expect(await download('models/chest/9.0.0/manifest.json')).toBe(1);
});

it.each([[[]], [['refresh']], [['fly']], [['init']]])('ends with 2 for %j', async (args) => {
  expect(await run(...args)).toBe(2);
});
