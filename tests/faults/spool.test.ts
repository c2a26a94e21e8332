import { describe, expect, test } from 'vitest';
import { recover } from '../../runtime/spool/recovery.ts';
import { readExtent, type Damage, type StoredRecord } from '../../runtime/spool/segment-reader.ts';
import { encodeObject } from '../crash/test-object.ts';
import { Random } from '../random-pdu.ts';
import { faultKinds, faultyFiles, type Fault } from './faulty-files.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  afterwards,
  folder,
  openKeys,
  runSession,
  session,
  type SessionEnd,
} from './spool-session.ts';

const sent = new Map(
  [...session, ...afterwards].map((object) => [object.sopInstanceUid, encodeObject(object)]),
);
sent.set('1.9', Buffer.from('result'));
const cuts = { power: 8, other: 3 };

interface Found {
  uids: string[];
  damage: Damage[];
}

async function recoverAll(disk: MemoryDisk): Promise<Found> {
  const keys = openKeys(disk);
  const found: Found = { uids: [], damage: [] };
  for (const place of ['inbox', 'quarantine', 'outgoing'])
    await recover(`${folder}/${place}`, {
      files: disk,
      keys,
      scannedTo: () => 0,
      index: (record: StoredRecord) => {
        const uid = String(record.meta['sopInstanceUid']);
        const whole = readExtent(disk, record, keys).equals(sent.get(uid)!);
        found.uids.push(whole ? uid : `partial ${uid}`);
      },
      damaged: (damage) => found.damage.push(damage),
    });
  return found;
}

/**
 * Everything acknowledged is there, everything there is whole, and nothing is there twice. Where a first sync has failed
 * there may be an alarm for a segment that nobody was promised anything of: recovery cannot know that.
 */
function findFaults(
  { acknowledged, result, promising }: SessionEnd,
  { uids, damage }: Found,
): string[] {
  const promised = [...acknowledged, ...(result ? ['1.9'] : [])];
  return [
    ...promised.filter((uid) => !uids.includes(uid)).map((uid) => `lost ${uid}`),
    ...uids.filter((uid) => !sent.has(uid)),
    ...uids.filter((uid, at) => uids.indexOf(uid) !== at).map((uid) => `twice ${uid}`),
    ...damage.filter(({ path }) => promising.has(path)).map((each) => JSON.stringify(each)),
  ];
}

async function tryFault(sealed: boolean, fault: Fault): Promise<string[]> {
  const disk = new MemoryDisk();
  const end = await runSession(faultyFiles(disk, fault), sealed);
  const faults: string[] = [];
  if (disk.openCount > 0 && fault.kind !== 'power') faults.push(`${disk.openCount} files open`);
  for (let cut = 1; cut <= (fault.kind === 'power' ? cuts.power : cuts.other); cut++) {
    const after = disk.afterPowerCut(new Random(1000 * fault.at + cut));
    faults.push(...findFaults(end, await recoverAll(after)).map((what) => `cut ${cut}: ${what}`));
  }
  // The process is killed, and its page cache lives on.
  faults.push(...findFaults(end, await recoverAll(disk)));
  return faults.map((what) => `${JSON.stringify(fault)}: ${what}`);
}

describe.each([true, false])('a spool, sealed: %s', (sealed) => {
  test.each(
    faultKinds.flatMap((kind) =>
      (kind === 'power' ? [1] : [1, 3, 10]).map((lasts) => ({ kind, lasts })),
    ),
  )('keeps its promises when any $lasts operations fail with $kind', async ({ kind, lasts }) => {
    const whole = faultyFiles(new MemoryDisk());
    const undisturbed = await runSession(whole, sealed);
    expect(undisturbed).toMatchObject({ recovered: true, result: true });
    expect(undisturbed.acknowledged).toHaveLength(session.length + afterwards.length);
    const faults: string[] = [];
    for (let at = 1; at <= whole.count; at++)
      faults.push(...(await tryFault(sealed, { kind, at, lasts })));
    expect(faults).toEqual([]);
  });

  test.each(['ENOSPC', 'EIO', 'short'] as const)(
    'stores in the same association after %s in any operation of what came before',
    async (kind) => {
      const before = faultyFiles(new MemoryDisk());
      await runSession(before, sealed);
      // The last operations are those of what is stored afterwards, and may fail.
      for (let at = 1; at <= before.count / 2; at++) {
        const { recovered } = await runSession(
          faultyFiles(new MemoryDisk(), { kind, at, lasts: 1 }),
          sealed,
        );
        expect(recovered, `${kind} at ${at}`).toBe(true);
      }
    },
  );
});
