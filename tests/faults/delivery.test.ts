import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import type { Reference } from '../../runtime/dicom/commitment.ts';
import { DeliveryLedger } from '../../runtime/outbox/delivery-ledger.ts';
import type { Attempt, QueuedObject } from '../../runtime/outbox/destination.ts';
import { Outbox } from '../../runtime/outbox/outbox.ts';
import { openDatabase } from '../../runtime/spool/database.ts';
import { objectKinds } from '../../runtime/spool/outgoing-object.ts';

/** A PACS whose every answer a test can replace. */
const fine = {
  open: (): void => {},
  store: (_uid: string): Attempt => ({ verdict: 'accepted' }),
  ask: (): void => {},
};

let pacs: typeof fine;
let clock: ManualClock;
let ledger: DeliveryLedger;
let outbox: Outbox;
let links: number;
let tried: string[];
let asked: { transactionUid: string; sent: Reference[] }[];
let told: string[];

function boot(): void {
  outbox = new Outbox({
    ledger,
    clock,
    random: () => 0.999_999,
    courier: { open: () => act(() => (pacs.open(), links++, link)) },
    destinations: [
      {
        name: 'PACS',
        commitment: true,
        commitmentWaitMs: 60_000,
        objects: objectKinds,
        results: 'all',
        models: [],
      },
    ],
    changed: () => {},
    failed: (_name, error) => told.push(`${clock.monotonic()} ${(error as ScansideError).code}`),
  });
  outbox.start();
}

/** A promise of what it returns or throws. */
function act<T>(does: () => T): Promise<T> {
  return new Promise((resolve) => resolve(does()));
}

const link = {
  forms: (sopInstanceUid: string) => [{ sopClassUid: '1.1', sopInstanceUid }],
  store: (uid: string) => act(() => (tried.push(uid), pacs.store(uid))),
  requestCommitment: (transactionUid: string, sent: Reference[]) =>
    act(() => {
      asked.push({ transactionUid, sent });
      pacs.ask();
    }),
  release: () => Promise.resolve(),
  abort: () => {},
};

beforeEach(() => {
  pacs = { ...fine };
  clock = new ManualClock();
  ledger = new DeliveryLedger(openDatabase(':memory:', disk));
  [links, tried, asked, told] = [0, [], [], []];
  boot();
});

function add(sopInstanceUid: string, more: Partial<QueuedObject> = {}): void {
  const plain = {
    kind: 'report',
    flagged: false,
    urgent: false,
    model: 'm',
    destination: '',
  } as const;
  outbox.add({ ...plain, sopInstanceUid, ...more });
}

/** Lets time pass in parts that are short beside every pause. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 250) {
    await turn();
    clock.advance(250);
  }
  await turn();
}

function fail(code: ErrorCode): never {
  throw new ScansideError(code, 'of the test');
}

const state = (uid: string) => ledger.find(uid, 'PACS')?.state;
const uids = (request: { sent: Reference[] } | undefined) =>
  request?.sent.map(({ sopInstanceUid }) => sopInstanceUid);

/** Reports on a request: the rest of what it names is denied, or left out where `silent`. */
function report(request: (typeof asked)[number], stored: readonly string[], silent = false): void {
  const isStored = ({ sopInstanceUid }: Reference) => stored.includes(sopInstanceUid);
  const rest = request.sent.filter((reference) => !isStored(reference));
  outbox.report({
    transactionUid: request.transactionUid,
    stored: request.sent.filter(isStored),
    failed: silent ? [] : rest.map((reference) => ({ ...reference, reason: 0x0112 })),
  });
}

describe('the order on a link', () => {
  it('is by rank, and of one rank by time', async () => {
    pacs.open = () => fail('PEER_UNREACHABLE');
    add('picture', { kind: 'heatmap', urgent: true, flagged: true });
    add('plain');
    await pass(1000);
    add('plain, later');
    add('flag', { flagged: true });
    add('stat', { urgent: true });
    pacs.open = fine.open;
    await pass(60_000);
    expect(tried).toEqual(['stat', 'flag', 'plain', 'plain, later', 'picture']);
  });

  it('changes when an exam becomes urgent after it was queued', async () => {
    pacs.open = () => fail('PEER_UNREACHABLE');
    for (const uid of ['first', 'second']) add(uid);
    add('second', { urgent: true });
    pacs.open = fine.open;
    await pass(60_000);
    expect(tried).toEqual(['second', 'first']);
  });

  it('lets nothing that is queued meanwhile wait for the rest of a burst', async () => {
    for (let at = 0; at < 20; at++) add(`picture ${at}`, { kind: 'heatmap' });
    pacs.store = () => {
      if (tried.length === 3) add('stat', { urgent: true });
      return { verdict: 'accepted' };
    };
    await pass(1000);
    expect(tried[3]).toBe('stat');
  });
});

describe('a destination that fails', () => {
  it.each([
    ['is away', 'PEER_UNREACHABLE', 10, 20],
    ['has no room for us now', 'PEER_BUSY', 10, 20],
    ['knows us not', 'ASSOCIATION_REJECTED', 12, 13],
  ] as const)('because it %s is asked ever more seldom', async (_title, code, least, most) => {
    let knocks = 0;
    pacs.open = () => (knocks++, fail(code));
    add('1.1');
    await pass(3_600_000);
    expect(knocks).toBeGreaterThanOrEqual(least);
    expect(knocks).toBeLessThanOrEqual(most);
    expect([outbox.failing(), told.at(-1)]).toEqual([['PACS'], expect.stringContaining(code)]);
    pacs.open = fine.open;
    await pass(300_000);
    expect([tried, outbox.failing()]).toEqual([['1.1'], []]);
  });

  it('is not asked sooner because more comes', async () => {
    let knocks = 0;
    pacs.open = () => (knocks++, fail('ASSOCIATION_REJECTED'));
    for (let at = 0; at < 100; at++) {
      add(`1.${at}`);
      await pass(1000);
    }
    expect(knocks).toBe(1);
  });

  it('over one object gets all the others', async () => {
    pacs.store = (uid) =>
      uid === 'poison' ? fail('ASSOCIATION_ABORTED') : { verdict: 'accepted' };
    add('poison', { urgent: true, flagged: true });
    for (let at = 0; at < 10; at++) add(`1.${at}`);
    await pass(10_000);
    for (let at = 0; at < 10; at++) expect(state(`1.${at}`)).toBe('commit-requested');
    expect(state('poison')).toBe('queued');
    add('later');
    await pass(300_000);
    expect(state('later')).toBe('commit-requested');
  });

  it('that refuses everything but one object gets that one at once', async () => {
    pacs.store = (uid) =>
      uid === '1.9' ? { verdict: 'accepted' } : { verdict: 'refused', detail: 'status 0xa700' };
    for (let at = 0; at < 10; at++) add(`1.${at}`);
    await pass(250);
    expect(state('1.9')).toBe('commit-requested');
  });

  it('is heard when it asks for patience, but for an hour at most', async () => {
    pacs.store = () => ({ verdict: 'refused', detail: 'status 503', retryAfterMs: 120_000.5 });
    add('1.1');
    await pass(119_000);
    expect(tried).toHaveLength(1);
    await pass(2000);
    expect(tried).toHaveLength(2);
    pacs.store = () => ({ verdict: 'refused', detail: 'status 503', retryAfterMs: 1e12 });
    await pass(2 * 3_600_000);
    expect(tried.length).toBeGreaterThanOrEqual(4);
  });

  it('is told of once in ten seconds, however many objects it refuses', async () => {
    pacs.store = () => ({ verdict: 'form-refused', detail: 'status 0xc000' });
    for (let at = 0; at < 50; at++) add(`1.${at}`);
    await pass(250);
    expect(told).toEqual(['0 OBJECT_NOT_TAKEN']);
  });
});

describe('commitment', () => {
  it('is asked for in one request for a burst, and at once for one object', async () => {
    for (let at = 0; at < 50; at++) add(`1.${at}`);
    await pass(250);
    expect([links, asked.map(({ sent }) => sent.length)]).toEqual([1, [50]]);
    add('2.1');
    await pass(250);
    expect([links, uids(asked.at(-1))]).toEqual([1, ['2.1']]);
  });

  it('is asked for by the hundred', async () => {
    for (let at = 0; at < 250; at++) add(`1.${at}`);
    await pass(500);
    expect(asked.map(({ sent }) => sent.length)).toEqual([100, 100, 50]);
  });

  it('that names some leaves the others in question, and they are asked for again', async () => {
    for (const uid of ['1.1', '1.2']) add(uid);
    await pass(250);
    report(asked[0]!, ['1.1'], true);
    expect([state('1.1'), state('1.2')]).toEqual(['committed', 'commit-requested']);
    await pass(61_000);
    expect([asked.length, uids(asked.at(-1)), tried.length]).toEqual([2, ['1.2'], 2]);
  });

  it('counts once when it is reported twice', async () => {
    add('1.1');
    await pass(250);
    for (let time = 0; time < 2; time++) report(asked[0]!, []);
    expect(ledger.find('1.1', 'PACS')).toMatchObject({ state: 'queued', attempts: 1 });
    await pass(5000);
    report(asked[0]!, []);
    expect([state('1.1'), tried.length]).toEqual(['commit-requested', 2]);
    report(asked[1]!, ['1.1']);
    for (const request of asked) report(request, []);
    expect(state('1.1')).toBe('committed');
  });

  it('is not believed on an older request than the one that was denied', async () => {
    add('1.1');
    await pass(61_000);
    const [old, newer] = asked;
    report(newer!, []);
    report(old!, ['1.1']);
    expect(state('1.1')).toBe('queued');
  });

  it('is believed on an older request than the newest', async () => {
    add('1.1');
    await pass(61_000);
    report(asked[0]!, ['1.1']);
    expect(state('1.1')).toBe('committed');
  });

  it('is asked for again after a restart, and a report on the request before it counts', async () => {
    add('1.1');
    await pass(250);
    await outbox.close();
    boot();
    await pass(250);
    expect([asked.length, tried.length]).toEqual([2, 1]);
    report(asked[0]!, ['1.1']);
    expect(state('1.1')).toBe('committed');
  });

  it('without a report sends the object again after an hour, and tells why', async () => {
    add('1.1');
    await pass(62 * 60_000);
    expect([asked.length, tried.length]).toEqual([6, 1]);
    await pass(5 * 60_000);
    expect([asked.length, tried.length]).toEqual([9, 2]);
    expect(told).toEqual([expect.stringContaining('COMMITMENT_UNANSWERED')]);
  });

  it('that is refused holds up nothing, and is asked for again', async () => {
    pacs.ask = () => fail('COMMITMENT_REFUSED');
    for (let at = 0; at < 20; at++) {
      add(`1.${at}`);
      await pass(1000);
    }
    expect([tried.length, outbox.failing()]).toEqual([20, []]);
    pacs.ask = fine.ask;
    await pass(320_000);
    expect(ledger.waiting('PACS', ['commit-requested'])).toBe(20);
  });
});

describe('a device', () => {
  it.each([-30 * 24, -2, 2])('whose clock jumps by %i hours sends on', async (hours) => {
    pacs.store = () => ({ verdict: 'refused', detail: 'status 0xa700' });
    add('1.1');
    await pass(600_000);
    pacs.store = fine.store;
    clock.step(hours * 3_600_000);
    await pass(301_000);
    expect(state('1.1')).toBe('commit-requested');
    clock.step(-hours * 3_600_000);
    add('1.2');
    await pass(1000);
    expect(state('1.2')).toBe('commit-requested');
  });

  it('takes up what was interrupted without a restart', async () => {
    add('1.1');
    ledger.apply({ sopInstanceUid: '1.1', destination: 'PACS' }, 'send');
    await pass(250);
    expect([tried, state('1.1')]).toEqual([['1.1'], 'commit-requested']);
  });
});
