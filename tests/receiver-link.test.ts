import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { ReceiverLink, type ReceiverLinkOptions } from '../runtime/receiver-link.ts';
import { makeSpool } from '../runtime/spool/recovery.ts';

const image = makePhantomInstance({
  seed: 1,
  size: 64,
  patient: { name: 'DEMO^LINK', id: 'DEMO-1' },
  studyInstanceUid: '2.25.1',
});

let spool: string;
let link: ReceiverLink;
let told: string[];
let deaths: string[];
let recoveries: number;

beforeEach(() => {
  spool = mkdtempSync(join(tmpdir(), 'scanside-'));
  makeSpool(disk, spool);
  told = [];
  deaths = [];
  recoveries = 0;
});

afterEach(async () => {
  await link.close();
  rmSync(spool, { recursive: true });
});

function connect(
  changes: Partial<ReceiverLinkOptions> = {},
  port = 0,
  refuseBelowPercentFree = 0,
): ReceiverLink {
  link = new ReceiverLink({
    clock: systemClock,
    files: disk,
    settings: {
      host: '127.0.0.1',
      port,
      aeTitle: 'SCANSIDE',
      acceptAnyCalledAe: false,
      maxPduLength: 16_384,
      maxAssociations: 4,
      idleMs: 10_000,
      commitment: 'scu',
      procedureSteps: false,
      refuseBelowPercentFree,
      spool,
    },
    recover: () => Promise.resolve(void recoveries++),
    told: ({ kind }) => void told.push(kind),
    perform: () => 0,
    died: (detail) => void deaths.push(detail),
    ...changes,
  });
  return link;
}

const device = (port: number) => ({ host: '127.0.0.1', port, aeTitle: 'SCANSIDE' });
const send = (port: number) =>
  sendStudy([image], { clock: systemClock, aeTitle: 'CT1', device: device(port) });

function killReceiver(): void {
  process.kill(link.pid!, 'SIGKILL');
}

test('a killed receiver listens again on the same port, after a recovery', async () => {
  const port = await connect().start();
  killReceiver();
  await send(port);
  expect(deaths).toEqual(['receiver process ended: SIGKILL']);
  expect(recoveries).toBe(2);
  await vi.waitFor(() => expect(told).toEqual(['opened', 'stored', 'closed']));
});

test('killed while it starts, the first time too, it is started again', async () => {
  const starting = connect().start();
  await vi.waitFor(() => expect(link.pid).toBeDefined());
  killReceiver();
  await send(await starting);
  expect(recoveries).toBe(2);
});

test('a recovery that fails after a death is tried until it succeeds', async () => {
  const port = await connect({
    recover: () =>
      ++recoveries === 2 ? Promise.reject(new Error('no space left')) : Promise.resolve(),
  }).start();
  killReceiver();
  await send(port);
  expect(deaths).toEqual(['receiver process ended: SIGKILL', 'Error: no space left']);
  expect(recoveries).toBe(3);
});

test('what main fails to take in is left to a recovery, and main goes on', async () => {
  let fails = true;
  const port = await connect({
    told({ kind }) {
      told.push(kind);
      if (kind === 'stored' && fails) {
        fails = false;
        throw new Error('database or disk is full');
      }
    },
  }).start();
  await send(port);
  await vi.waitFor(() => expect(recoveries).toBe(2));
  expect(deaths).toContain('stopped: Error: database or disk is full');
});

test('a port that is taken is said at once, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(connect({}, port).start()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  await vi.waitFor(() => expect(link.pid).toBeUndefined());
  await new Promise((resolve) => other.close(resolve));
});

test('closed while it is about to start again, it stays closed', async () => {
  const port = await connect().start();
  killReceiver();
  await vi.waitFor(() => expect(deaths).toHaveLength(1));
  await link.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(link.pid).toBeUndefined();
  await expect(
    dial({
      host: '127.0.0.1',
      port,
      callingAeTitle: 'CT1',
      calledAeTitle: 'SCANSIDE',
      contexts: [
        { abstractSyntax: image.sopClassUid, transferSyntaxes: [image.transferSyntaxUid] },
      ],
      maxPduLength: 16_384,
      connectMs: 1000,
      responseMs: 1000,
      clock: systemClock,
    }),
  ).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
});

test('on a disk without room an image is refused before a byte of it is kept, and main is told', async () => {
  // No disk has all of itself free.
  const port = await connect({}, 0, 100).start();
  await expect(send(port)).rejects.toThrow(/a700/i);
  await vi.waitFor(() => expect(told).toContain('disk'));
  expect(told).not.toContain('stored');
  expect(disk.list(join(spool, 'inbox'))).toEqual([]);
});

test('while main admits no image each is refused, after a death of the process too, until it does', async () => {
  const port = await connect().start();
  link.admit(false);
  await expect(send(port)).rejects.toThrow(/a700/i);
  killReceiver();
  await vi.waitFor(() => expect(recoveries).toBe(2));
  await vi.waitFor(() => expect(send(port)).rejects.toThrow(/a700/i), { timeout: 10_000 });
  expect(told).not.toContain('stored');
  link.admit(true);
  await send(port);
  expect(told).toContain('stored');
});

test('what many scanners send at once does not keep others waiting', async () => {
  let turn = 0;
  const count = () => {
    turn += 1;
    pending = setImmediate(count);
  };
  let pending = setImmediate(count);
  onTestFinished(() => clearImmediate(pending));
  const turns: number[] = [];
  const busy = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  connect({
    told: ({ kind }) => {
      if (kind !== 'stored') return;
      turns.push(turn);
      // While main is busy with the first, it is told of the others; then each takes longer than a turn.
      busy(turns.length === 1 ? 500 : 6);
    },
  });
  const port = await link.start();
  const { sopClassUid, transferSyntaxUid } = image;
  const associate = () =>
    dial({
      host: '127.0.0.1',
      port,
      callingAeTitle: 'CT1',
      calledAeTitle: 'SCANSIDE',
      maxPduLength: 16_384,
      connectMs: 5000,
      responseMs: 20_000,
      clock: systemClock,
      contexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] }],
    });
  const associations = await Promise.all([1, 2, 3, 4].map(associate));
  await Promise.all(associations.map((each) => each.store(image)));
  await Promise.all(associations.map((each) => each.release()));
  await vi.waitFor(() => expect(turns).toHaveLength(4));
  expect(new Set(turns).size).toBe(4);
});
