import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { failureReasons, type CommitmentResult } from '../dicom/commitment.ts';
import { status } from '../dicom/status.ts';
import { openDatabase } from '../spool/database.ts';
import { CommitmentService } from './commitment-service.ts';
import { RequestLedger } from './request-ledger.ts';

const image = (number: number) => ({ sopClassUid: '1.2', sopInstanceUid: `2.25.${number}` });
const ask = (transactionUid: string, ...numbers: number[]) => ({
  transactionUid,
  references: numbers.map(image),
});

let folder: string;
let database: ReturnType<typeof openDatabase>;
let clock: ManualClock;
let service: CommitmentService;
/** What the scanner answers to a report; an error when it cannot be reached. */
let answer: number | Error;
let reports: CommitmentResult[];
let attempts: number;
let verified: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  clock = new ManualClock();
  [answer, reports, attempts, verified] = [0, [], 0, 0];
  start();
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

function start(): void {
  database = openDatabase(join(folder, 'state.db'), disk);
  service = new CommitmentService({
    clock,
    ledger: new RequestLedger(database),
    random: () => 0.5,
    peers: ['CT1', 'CT2'],
    findFailure({ sopInstanceUid }) {
      verified++;
      return sopInstanceUid === '2.25.9' ? failureReasons.noSuchObjectInstance : undefined;
    },
    send(_peer, result) {
      attempts++;
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer === 0) reports.push(result);
      return Promise.resolve(answer);
    },
    reported: () => {},
    failed: () => {},
  });
  service.start();
}

async function stop(): Promise<void> {
  const closed = service.close();
  await pass(0);
  await closed;
  database.close();
}

async function pass(ms: number): Promise<void> {
  for (let part = 0; part < 20; part++) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(ms / 20);
  }
}

test('reports what is committed and what is not, each with its reason', async () => {
  expect(service.request('CT1', ask('1.1', 1, 9))).toBe(status.success);
  await pass(20);
  expect(reports).toEqual([
    { transactionUid: '1.1', stored: [image(1)], failed: [{ ...image(9), reason: 0x0112 }] },
  ]);
  await pass(3600_000);
  expect(attempts).toBe(1);
});

test.each([new Error('unreachable'), status.processingFailure])(
  'tries until the report has arrived, over a restart, and verifies once (%s)',
  async (failure) => {
    answer = failure;
    service.request('CT1', ask('1.1', 1));
    await pass(600_000);
    expect(attempts).toBeGreaterThan(3);
    await stop();
    answer = 0;
    start();
    await pass(20);
    expect(reports.map(({ transactionUid }) => transactionUid)).toEqual(['1.1']);
    expect(verified).toBe(1);
  },
);

test('a report that is refused holds up no other', async () => {
  answer = status.processingFailure;
  service.request('CT1', ask('1.1', 1));
  await pass(20);
  answer = 0;
  service.request('CT1', ask('1.2', 2));
  service.request('CT2', ask('1.3', 3));
  await pass(20);
  expect(reports.map(({ transactionUid }) => transactionUid)).toEqual(['1.3']);
  await pass(10_000);
  expect(reports.map(({ transactionUid }) => transactionUid)).toEqual(['1.3', '1.2', '1.1']);
});

test('the same request again is one request; another one under its UID is refused as a duplicate', async () => {
  answer = new Error('unreachable');
  for (const numbers of [[1], [1], [2]]) service.request('CT1', ask('1.1', ...numbers));
  answer = 0;
  await pass(60_000);
  expect(reports).toEqual([
    { transactionUid: '1.1', stored: [image(1)], failed: [] },
    {
      transactionUid: '1.1',
      stored: [],
      failed: [{ ...image(2), reason: failureReasons.duplicateTransactionUid }],
    },
  ]);
});

test('whoever has no address to report to, names nothing or asks without end is refused', () => {
  expect(service.request('STRANGER', ask('1.1', 1))).toBe(status.notAuthorized);
  expect(service.request('CT1', ask('1.1'))).toBe(status.missingAttribute);
  answer = new Error('unreachable');
  for (let index = 0; index < 1000; index++) service.request('CT1', ask(`1.${index}`, 1));
  expect(service.request('CT1', ask('2.1', 1))).toBe(status.resourceLimitation);
  expect(service.request('CT2', ask('2.1', 1))).toBe(status.success);
});

test('a report that nobody takes for a week is dropped', async () => {
  answer = new Error('unreachable');
  service.request('CT1', ask('1.1', 1));
  await pass(8 * 24 * 3600_000);
  answer = 0;
  await pass(3600_000);
  expect(reports).toEqual([]);
});

test('a request of many instances lets other work have its turn and is reported whole', async () => {
  const numbers = Array.from({ length: 500 }, (_, index) => index + 100);
  service.request('CT1', ask('1.1', ...numbers));
  for (let turn = 0; turn < 100; turn++) await pass(20);
  expect(reports[0]?.stored).toHaveLength(500);
});
