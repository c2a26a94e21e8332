import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { describe as describeTarget } from '../ota/fleet/metadata.ts';
import type { UpdateReport } from '../ota/agent/journal.ts';
import { storedName } from '../ota/trust/target.ts';
import { publishBundle } from './agent-bundle.ts';
import { agentRepository, assignRelease } from './agent-device.ts';
import { openDiskAgent } from './disk-agent.ts';
import { temporaryFolder } from './peers/process.ts';
import { Random } from './random-pdu.ts';

const victim = join(import.meta.dirname, 'agent-victim.ts');
const folder = temporaryFolder();

/** Two releases that a device has had, and a third whose network is a patch of the second's. */
function publishThree() {
  const random = new Random(1);
  const [network, longer] = [random.bytes(30_000), random.bytes(3000)];
  const published = agentRepository(random.bytes(3000), network);
  const { repository, chunks } = published;
  const changed = Buffer.concat([network, longer]);
  const patch = zstdCompressSync(changed, { dictionary: network });
  const path = 'models/chest/5.0.0/model.patch';
  const target = describeTarget(patch);
  repository.targets['models.chest']![path] = target;
  chunks.files.set(storedName({ path, hashes: target.hashes }), patch);
  const release = publishBundle(repository, chunks.files, {
    group: 'chest',
    counter: 5,
    files: { 'model.onnx': changed, 'golden.json': random.bytes(500), 'card.md': random.bytes(50) },
  });
  const delta = { from: describeTarget(network).hashes.sha256, target: path };
  repository.targets['models.chest']!['models/chest/5.0.0/model.onnx']!.custom = { delta };
  return { published, releases: [...published.releases, release] as const };
}

const { published, releases } = publishThree();
const [first, second, third] = releases;
let assignment = assignRelease(published, first);

/** Answers each range with a part of it, by the seed in the address: a link that ends in between, the same every time. */
const server = http.createServer((request, response) => {
  const [, seed = '', kind = '', ...rest] = decodeURIComponent(request.url ?? '').split('/');
  const name = rest.join('/');
  const { repository, chunks } = published;
  const whole = kind === 'metadata' ? repository.files.get(name) : chunks.files.get(name);
  if (kind === 'assignment.json') return void response.end(assignment);
  if (!whole) return void response.writeHead(404).end();
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) return void response.end(whole);
  const asked = Math.min(Number(to) + 1, whole.length) - Number(from);
  const given = 1 + Math.floor(asked / 2) + new Random(Number(seed) + asked).below(asked / 2);
  const part = whole.subarray(Number(from), Number(from) + Math.min(asked, given));
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${whole.length}`;
  return void response.writeHead(206, { 'content-range': range, etag: `"${name}"` }).end(part);
});

let address = '';
const pristine = join(folder.path, 'pristine');

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(pristine);
  writeFileSync(join(pristine, '1.root.json'), published.repository.files.get('1.root.json')!);
  for (const [at, release] of [first, second].entries()) {
    assignment = assignRelease(published, release, { seq: 7 + at });
    const { device, finish, close } = openDiskAgent(pristine, `${address}/1`, disk, 'healthy');
    await finish();
    expect(device.host.answers.hash).toBe(release.sha256);
    close();
  }
  writeFileSync(join(pristine, 'provisioned'), '');
  published.repository.publish();
  assignment = assignRelease(published, third, { seq: 9 });
});

afterAll(() => {
  server.close();
  folder.remove();
});

/** What a process says, line by line, and whether it was killed. */
async function runVictim(...args: string[]) {
  const child = spawn(process.execPath, [victim, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder.path, 'cache') },
  });
  const [out, errors]: string[][] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out!.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors!.push(text));
  const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
  expect(errors!.join('')).toBe('');
  const said = out!.join('').split('\n').filter(Boolean);
  return { killed: signal === 'SIGKILL', said: said.map((line) => JSON.parse(line) as Said) };
}

interface Said {
  count: number;
  trialAt: number;
  answers: string;
  unreadable: string[];
  runs: string;
  slots: Record<string, string>;
  folders: string[];
  reports: UpdateReport[];
  ended: UpdateReport[];
  lastReport: number;
}

/** It was able to start with a model that is whole, and has ended the assignment, once, with every report told. */
function expectEnd(said: Said, trial: string, where: string): void {
  const { answers, unreadable, runs, slots, folders, reports, ended, lastReport } = said;
  const isKept = trial === 'healthy';
  const now = isKept ? third : second;
  expect([second.sha256, third.sha256], where).toContain(answers);
  expect(unreadable, where).toEqual([]);
  expect(runs, where).toBe(now.sha256);
  const before = isKept ? second : first;
  expect(slots, where).toEqual({ committed: now.sha256, previous: before.sha256 });
  expect(folders.toSorted(), where).toEqual([now.sha256, before.sha256].toSorted());
  const state = isKept ? 'committed' : 'rolled-back';
  const ends = (told: UpdateReport[]) =>
    told.filter((each) => each.assignment === 9 && each.state === state);
  expect([ends(ended).length, ends(reports).length], where).toEqual([1, 1]);
  const numbers = reports.map(({ number }) => number).toSorted((one, other) => one - other);
  expect(numbers, where).toEqual(Array.from({ length: lastReport }, (_, at) => at + 1));
}

const lives = ['healthy', 'crashing'].flatMap((trial) =>
  [1, 2, 3].map((seed) => ({ trial, seed })),
);

it.concurrent.each(lives)(
  'an agent that is killed with -9 at any operation ends the update of a $trial model after the restart, seed $seed',
  async ({ trial, seed }) => {
    const life = join(folder.path, `${trial}-${seed}`);
    cpSync(pristine, join(life, 'pristine'), { recursive: true });
    const run = (at: number) =>
      runVictim(life, `${address}/${seed}`, String(at), String(seed), trial);
    const whole = await run(0);
    const { count, trialAt } = whole.said[0]!;
    expect(count).toBeGreaterThan(80);
    // Until the trial nobody can tell a model that will fail in it.
    const from = trial === 'healthy' ? 1 : trialAt;
    for (let at = from; at <= count + 1; at++) {
      const { killed, said } = await run(at <= count ? at : 0);
      expect(killed, `killed at ${at}`).toBe(at <= count);
      expectEnd(said[0]!, trial, `killed at ${at - 1} of ${count}`);
    }
  },
  600_000,
);
