// Records events without a pause in the folder it is given, and prints the number of each that was acknowledged.
import { createPublicKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { AuditLog } from '../audit/log.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';

const [folder = '', pem = '', from = '0'] = process.argv.slice(2);
const log = await AuditLog.open({
  files: disk,
  clock: systemClock,
  folder,
  keys: keysOf(Buffer.alloc(32, 5)),
  hospital: createPublicKey(pem),
  segmentBytes: 20_000,
  groupMs: 1,
});

let next = Number(from);

async function write(): Promise<void> {
  for (;;) {
    const instances = next++;
    const fields = { source: 'CT1', studyUid: `1.2.3.${instances}`, instances };
    await log.append({ name: 'instances-received', outcome: 0, fields });
    // Blocks until the pipe has it: what is acknowledged is known outside.
    writeSync(1, `${instances}\n`);
  }
}

await Promise.all(Array.from({ length: 5 }, write));
