import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import type { Reference } from '../dicom/commitment.ts';
import { openDatabase } from '../spool/database.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import type { Link } from './destination.ts';
import { objectKinds } from '../spool/outgoing-object.ts';
import { Outbox } from './outbox.ts';

/** A PACS of the test: what it answers can be changed while it runs. */
class Peer {
  reachable = true;
  status = 0;
  links = 0;
  /** Ends the association instead of an answer. */
  dying = false;
  /** What was sent, and what of it was kept. */
  readonly tried: string[] = [];
  readonly stored: string[] = [];
  readonly unsendable = new Set<string>();
  /** SOP classes that it accepts, and those that it then refuses. */
  classes = ['1.1', '1.2'];
  readonly refused = new Set<string>();
  readonly asked: { transactionUid: string; sent: Reference[] }[] = [];

  open(): Promise<Link> {
    if (!this.reachable) return Promise.reject(new ScansideError('PEER_UNREACHABLE', 'test'));
    this.links++;
    return Promise.resolve({
      forms: (uid) => {
        if (this.classes.length === 0) throw new ScansideError('CONTEXT_NOT_ACCEPTED', 'test');
        return this.classes.map((sopClassUid) => formOf(uid, sopClassUid));
      },
      store: (uid, { sopClassUid, sopInstanceUid }) => {
        if (this.unsendable.has(uid)) return Promise.reject(new ScansideError('INTERNAL', 'test'));
        this.tried.push(sopInstanceUid);
        if (this.refused.has(sopClassUid))
          return Promise.resolve({ verdict: 'form-refused', detail: 'status 0x0122' });
        if (this.status === 0) this.stored.push(sopInstanceUid);
        if (this.dying) return Promise.reject(new ScansideError('ASSOCIATION_ABORTED', 'test'));
        return Promise.resolve(
          this.status === 0
            ? { verdict: 'accepted' }
            : { verdict: 'refused', detail: `status 0x${this.status.toString(16)}` },
        );
      },
      requestCommitment: (transactionUid, sent) => {
        this.asked.push({ transactionUid, sent });
        return Promise.resolve();
      },
      release: () => Promise.resolve(),
      abort: () => {},
    });
  }

  report(outbox: Outbox, committed = true): boolean {
    const { transactionUid, sent } = this.asked.at(-1)!;
    return outbox.report({
      transactionUid,
      stored: committed ? sent : [],
      failed: committed ? [] : sent.map((reference) => ({ ...reference, reason: 0x0112 })),
    });
  }
}

/** Class 1.1 is the object itself; a lower form has a UID of its own. */
function formOf(uid: string, sopClassUid: string): Reference {
  return { sopClassUid, sopInstanceUid: sopClassUid === '1.1' ? uid : `${uid}.9` };
}

const everything = { objects: objectKinds, results: 'all', models: [] } as const;
const report = (sopInstanceUid: string) =>
  ({
    sopInstanceUid,
    kind: 'report',
    flagged: false,
    model: 'chest',
    destination: '',
    urgent: false,
  }) as const;

let clock: ManualClock;
let ledger: DeliveryLedger;
let peer: Peer;
let outbox: Outbox;

function build(commitment = true): Outbox {
  return new Outbox({
    ledger,
    clock,
    random: () => 0.999_999,
    courier: peer,
    destinations: [{ name: 'main', commitment, commitmentWaitMs: 60_000, ...everything }],
    changed: () => {},
    failed: () => {},
  });
}

/** Lets promises settle, then time pass, a few times over. */
async function pass(ms: number): Promise<void> {
  for (let part = 0; part < 20; part++) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(ms / 20);
  }
}

const state = (uid: string) => ledger.find(uid, 'main')?.state;

beforeEach(() => {
  clock = new ManualClock();
  ledger = new DeliveryLedger(
    openDatabase(join(mkdtempSync(join(tmpdir(), 'scanside-')), 'state.db'), disk),
  );
  peer = new Peer();
  outbox = build();
  outbox.start();
});

test('an object is stored, commitment is asked for, and the report ends it', async () => {
  outbox.add(report('1.1'));
  await pass(100);
  expect([peer.stored, state('1.1')]).toEqual([['1.1'], 'commit-requested']);
  expect(peer.report(outbox)).toBe(true);
  expect([state('1.1'), outbox.isFinished(report('1.1')), outbox.waiting()]).toEqual([
    'committed',
    true,
    0,
  ]);
});

test('objects that come while a link is open use it', async () => {
  outbox.add(report('1.1'));
  await pass(500);
  outbox.add(report('1.2'));
  await pass(500);
  expect([peer.links, peer.stored]).toEqual([1, ['1.1', '1.2']]);
});

test('an unreachable PACS is tried for a day and gets everything when it is back', async () => {
  const failingSince = clock.now();
  peer.reachable = false;
  outbox.add(report('1.1'));
  outbox.add(report('1.2'));
  await pass(24 * 3600_000);
  expect([outbox.failing(), outbox.waiting(), state('1.1')]).toEqual([['main'], 2, 'queued']);
  expect(outbox.standings()).toMatchObject([{ waiting: 2, answeredAt: undefined, failingSince }]);
  peer.reachable = true;
  await pass(600_000);
  expect(outbox.standings()).toEqual([
    {
      name: 'main',
      circuit: 'closed',
      waiting: 2,
      answeredAt: expect.any(Number),
      failingSince: undefined,
    },
  ]);
  expect(peer.stored).toEqual(['1.1', '1.2']);
  expect(outbox.failing()).toEqual([]);
});

test('an object that comes after the PACS was found dead is not forgotten', async () => {
  peer.reachable = false;
  outbox.add(report('1.1'));
  await pass(10_000);
  peer.reachable = true;
  await pass(600_000);
  peer.report(outbox);
  peer.reachable = false;
  outbox.add(report('1.2'));
  await pass(10_000);
  outbox.add(report('1.3'));
  peer.reachable = true;
  await pass(600_000);
  expect(peer.stored).toEqual(['1.1', '1.2', '1.3']);
});

test('a refused object is tried again and holds up no other', async () => {
  peer.status = 0xa700;
  outbox.add(report('1.1'));
  await pass(100);
  expect(ledger.find('1.1', 'main')).toMatchObject({
    state: 'queued',
    attempts: 1,
    detail: 'status 0xa700',
  });
  peer.status = 0;
  outbox.add(report('1.2'));
  await pass(100);
  expect(peer.stored).toEqual(['1.2']);
  await pass(60_000);
  expect(peer.stored).toEqual(['1.2', '1.1']);
});

test('a commitment that is denied sends the object again', async () => {
  outbox.add(report('1.1'));
  await pass(100);
  peer.report(outbox, false);
  expect(state('1.1')).toBe('queued');
  await pass(10_000);
  expect([peer.stored, peer.asked.length]).toEqual([['1.1', '1.1'], 2]);
});

test('a report that never comes is asked for again, and a late one still counts', async () => {
  outbox.add(report('1.1'));
  await pass(100);
  const first = peer.asked[0]!;
  await pass(200_000);
  expect(peer.asked.length).toBeGreaterThan(1);
  expect(peer.stored).toEqual(['1.1']);
  outbox.report({ ...first, stored: [{ sopClassUid: '1.2', sopInstanceUid: '1.1' }], failed: [] });
  expect(state('1.1')).toBe('committed');
});

test('nobody but the PACS that was asked can confirm a delivery', async () => {
  outbox.add(report('1.1'));
  await pass(100);
  const stored = [{ sopClassUid: '1.2', sopInstanceUid: '1.1' }];
  expect(outbox.report({ transactionUid: '2.25.666', stored, failed: [] })).toBe(false);
  expect(state('1.1')).toBe('commit-requested');
});

test('an object that cannot be read on this device holds up no other', async () => {
  peer.unsendable.add('1.1');
  outbox.add(report('1.1'));
  outbox.add(report('1.2'));
  await pass(100);
  expect([peer.stored, state('1.1')]).toEqual([['1.2'], 'queued']);
  peer.unsendable.clear();
  await pass(10_000);
  expect(peer.stored).toEqual(['1.2', '1.1']);
});

test('nothing is sent before the outbox is opened, because nobody would hear the report', async () => {
  outbox = build();
  outbox.add(report('1.1'));
  await pass(100);
  expect([peer.stored, state('1.1')]).toEqual([[], 'queued']);
  outbox.start();
  await pass(100);
  expect(peer.stored).toEqual(['1.1']);
});

test('after a restart everything that was in flight is done again', async () => {
  outbox.add(report('1.1'));
  ledger.apply({ sopInstanceUid: '1.1', destination: 'main' }, 'send');
  await outbox.close();
  outbox = build();
  outbox.start();
  await pass(1000);
  expect(state('1.1')).toBe('commit-requested');
});

test('without storage commitment, stored is the end', async () => {
  outbox = build(false);
  outbox.start();
  outbox.add(report('1.1'));
  await pass(100);
  expect([state('1.1'), outbox.isFinished(report('1.1')), outbox.waiting(), peer.asked]).toEqual([
    'stored',
    true,
    0,
    [],
  ]);
});

test('a PACS that accepts only a lower form gets that, and commits to what it got', async () => {
  peer.classes = ['1.2'];
  outbox.add(report('1.7'));
  await pass(100);
  expect(peer.asked[0]?.sent).toEqual([formOf('1.7', '1.2')]);
  peer.report(outbox);
  expect([peer.stored, state('1.7'), outbox.isFinished(report('1.7'))]).toEqual([
    ['1.7.9'],
    'committed',
    true,
  ]);
});

test('a commitment after a restart is asked for under the name that was sent', async () => {
  peer.classes = ['1.2'];
  outbox.add(report('1.7'));
  await pass(100);
  await outbox.close();
  peer.classes = ['1.1', '1.2'];
  outbox = build();
  outbox.start();
  await pass(100_000);
  expect(peer.asked.length).toBeGreaterThan(1);
  expect(peer.asked.at(-1)?.sent).toEqual([formOf('1.7', '1.2')]);
  peer.report(outbox);
  expect([peer.stored, state('1.7')]).toEqual([['1.7.9'], 'committed']);
});

test('an accepted form that is then refused as such gives way to the next at once', async () => {
  peer.refused.add('1.1');
  outbox.add(report('1.7'));
  await pass(100);
  expect(peer.tried).toEqual(['1.7', '1.7.9']);
  expect(ledger.find('1.7', 'main')).toMatchObject({
    state: 'commit-requested',
    attempts: 0,
    sent: formOf('1.7', '1.2'),
  });
});

test('what is refused in every form is tried again from the best, with backoff', async () => {
  peer.refused.add('1.1').add('1.2');
  outbox.add(report('1.7'));
  await pass(100);
  expect([peer.tried, ledger.find('1.7', 'main')]).toMatchObject([
    ['1.7', '1.7.9'],
    { state: 'queued', attempts: 1, detail: 'status 0x0122' },
  ]);
  peer.refused.clear();
  await pass(10_000);
  expect(peer.stored).toEqual(['1.7']);
});

test('what may have arrived in a lower form is sent again in the same, although a better is accepted', async () => {
  peer.classes = ['1.2'];
  peer.dying = true;
  outbox.add(report('1.7'));
  await pass(100);
  peer.classes = ['1.1', '1.2'];
  peer.dying = false;
  await pass(10_000);
  expect(new Set(peer.tried)).toEqual(new Set(['1.7.9']));
  expect(state('1.7')).toBe('commit-requested');
});

test('a PACS that accepts no form is asked for a day, ever more seldom, and gets it when it does', async () => {
  peer.classes = [];
  outbox.add(report('1.7'));
  await pass(24 * 3600_000);
  await pass(0);
  const delivery = ledger.find('1.7', 'main')!;
  expect([delivery.state, peer.tried]).toEqual(['queued', []]);
  expect(delivery.detail).toContain('CONTEXT_NOT_ACCEPTED');
  expect(delivery.attempts).toBeGreaterThan(10);
  expect(delivery.attempts).toBeLessThan(24 * 12 + 20);
  peer.classes = ['1.1'];
  await pass(600_000);
  expect(peer.stored).toEqual(['1.7']);
});
