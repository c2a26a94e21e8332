import { join } from 'node:path';
import process from 'node:process';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { type ScannerOptions, sendStudy } from '../demo/virtual-scanner.ts';
import { sleep, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import type { Appliance } from '../runtime/appliance.ts';
import { startAppliance } from '../runtime/compose.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { programFolder, readVersion } from '../runtime/service.ts';
import { openSegmentKeys } from '../runtime/spool/segment-keys.ts';
import { scanSegment } from '../runtime/spool/segment-reader.ts';

export interface KillFigures {
  kills: number;
  studies: number;
  /** Studies with exactly one result on the disk. */
  answered: number;
  wrong: number;
  /** Studies of which an image was given up as poison. */
  poisoned: number;
  /** Images that the receiver did not take. */
  refused: number;
}

const imagesOfStudy = 3;
const senders = 2;
const seed = 20_261;

function makeStudy(at: number) {
  const studyInstanceUid = deriveUid('soak study', String(at));
  return Array.from({ length: imagesOfStudy }, (_, image) =>
    makePhantomInstance({
      seed: seed + imagesOfStudy * at + image,
      size: 256,
      patient: { name: 'DEMO^SOAK', id: `DEMO-${at}` },
      studyInstanceUid,
      instanceNumber: image + 1,
    }),
  );
}

/** From a seed, so that a run can be repeated as far as a machine repeats itself. */
function* randomShares(): Generator<number> {
  for (let state = seed; ; state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0)
    yield state / 2 ** 32;
}

/** Kills each process that comes, somewhere between its start and its first seconds of work. */
async function kill(appliance: Appliance, kills: number): Promise<void> {
  const shares = randomShares();
  for (let killed = 0; killed < kills;) {
    await sleep(systemClock, 100 + 2000 * (shares.next().value ?? 0));
    const pid = appliance.pids.engine;
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    killed += 1;
  }
}

/** Sends study after study until it is told to stop; how many images were refused. */
async function send(scanner: ScannerOptions, next: () => number | undefined): Promise<number> {
  let refused = 0;
  for (let at = next(); at !== undefined; at = next()) {
    try {
      await sendStudy(makeStudy(at), scanner);
    } catch {
      refused += 1;
    }
  }
  return refused;
}

/** Results by study, as they stand on the disk. */
function readResults(dataFolder: string): Map<string, string[]> {
  const spool = join(dataFolder, 'spool');
  const keys = openSegmentKeys(disk, spool, keyFolderOf(dataFolder));
  const folder = join(spool, 'outgoing');
  const results = new Map<string, string[]>();
  for (const name of disk.list(folder))
    for (const { meta } of scanSegment(disk, join(folder, name), 0, keys).records) {
      const [study, conclusion] = [String(meta['studyUid']), JSON.stringify(meta['conclusion'])];
      results.set(study, [...(results.get(study) ?? []), conclusion]);
    }
  return results;
}

function isDone({ source }: Appliance): boolean {
  return source
    .exams()
    .every(({ state }) => !['receiving', 'complete', 'analysing'].includes(state));
}

export async function killEngines(folder: string, kills: number): Promise<KillFigures> {
  const dataFolder = join(folder, 'device');
  const appliance = await startAppliance({
    clock: systemClock,
    files: disk,
    programFolder,
    softwareVersion: readVersion(),
    configuration: parseConfiguration({
      dataFolder,
      receiver: { port: 0 },
      panel: { port: 0, https: 'off' },
      study: { quietSeconds: 5 },
      models: { enabled: ['chest-demo'] },
    }),
    log: () => undefined,
  });
  const device = { host: '127.0.0.1', port: appliance.receiverPort, aeTitle: 'SCANSIDE' };
  const scanner = { clock: systemClock, aeTitle: 'SOAK', device };
  let [sent, stopped] = [0, false];
  const next = () => (stopped ? undefined : sent++);
  const sending = Promise.all(Array.from({ length: senders }, () => send(scanner, next)));
  await kill(appliance, kills);
  stopped = true;
  const refused = (await sending).reduce((sum, count) => sum + count, 0);
  while (!isDone(appliance)) await sleep(systemClock, 500);
  await appliance.close();
  const results = readResults(dataFolder);
  const answered = [...results.values()].filter(({ length }) => length === 1).length;
  const poisoned = [...results.values()].filter((all) => all.join().includes('ended twice')).length;
  return { kills, studies: sent, answered, wrong: sent - answered, poisoned, refused };
}
