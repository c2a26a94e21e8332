import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { disk } from '../device/files.ts';
import { hospital, openLog } from './audit-fixture.ts';
import { Random } from './random-pdu.ts';

const writer = join(import.meta.dirname, 'audit-writer.ts');
const pem = hospital.publicKey.export({ format: 'pem', type: 'spki' }).toString();

/** Runs a writer, kills it after so many records were acknowledged; resolves to their numbers. */
async function writeUntilKilled(folder: string, from: number, after: number): Promise<number[]> {
  const args = [writer, folder, pem, String(from)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === after) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

test('whoever is killed with -9 while recording has lost nothing that was acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-audit-kill-'));
  try {
    const random = new Random(8);
    const acknowledged: number[] = [];
    for (let life = 0; life < 6; life++)
      acknowledged.push(...(await writeUntilKilled(folder, 100_000 * life, 1 + random.below(400))));
    const log = await openLog(disk, { folder });
    expect(log.incidents).toEqual([]);
    await log.close();
    const events: ShownEvent[] = [];
    const keys = { publicKey: createPublicKey(log.publicKey), hospital: hospital.privateKey };
    const { fault } = showEvents(readLog(disk, folder), keys, (event) => events.push(event));
    expect(fault).toBeUndefined();
    const kept = events
      .map(({ fields }) => fields['instances'])
      .filter((each) => each !== undefined);
    expect(acknowledged.filter((each) => !kept.includes(each))).toEqual([]);
    expect(new Set(kept).size).toBe(kept.length);
    expect(events.at(-1)).toMatchObject({ boot: 7 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
