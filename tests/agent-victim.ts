// A device with its update agent on the real disk, with what is published on a web server. First it goes on where the
// process before it was killed and says how that ended, then it carries out the same assignment anew and is killed with
// -9 at the operation that it is told, counted from 1; 0 for none. Prints a JSON line for each of the two.
import { cpSync, existsSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { disk } from '../device/files.ts';
import { killingDisk, type KillPoint } from './killing-disk.ts';
import { openDiskAgent } from './disk-agent.ts';

const [folder = '', address = '', killAt = '0', seed = '1', trial = 'healthy'] =
  process.argv.slice(2);
const device = join(folder, 'device');

function say(found: object): void {
  writeSync(1, `${JSON.stringify(found)}\n`);
}

/** Where it stands after the kill, and how it ends. */
async function recover(): Promise<object> {
  const agent = openDiskAgent(device, address, disk, trial);
  const { host, agent: updater } = agent.device;
  const found = { answers: host.answers.hash, unreadable: [...host.calls] };
  await agent.finish();
  const { journal } = updater;
  return { ...found, ...agent.describe(), ended: journal.ended, lastReport: journal.lastReport };
}

if (existsSync(device)) say(await recover());
rmSync(device, { recursive: true, force: true });
cpSync(join(folder, 'pristine'), device, { recursive: true });
const point: KillPoint = { at: Number(killAt), seed: Number(seed), count: 0 };
const agent = openDiskAgent(device, address, killingDisk(disk, point), trial, point);
await agent.finish();
say({ count: point.count, trialAt: agent.trialAt });
