import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { HttpChunks } from '../ota/agent/http-chunks.ts';
import { journalIn, type UpdateReport } from '../ota/agent/journal.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { HttpSource } from '../ota/trust/http-source.ts';
import { AgentDevice } from './agent-device.ts';
import { dieAround, type KillPoint } from './killing-disk.ts';
import { start } from './update-repository.ts';

/** `files` below a folder: `/x` becomes `FOLDER/x`. */
function below(folder: string, files: Files): Files {
  const inFolder = (value: unknown) =>
    typeof value === 'string' && value.startsWith('/') ? join(folder, value) : value;
  const calls = Object.entries(files).map(([name, call]) => [
    name,
    (first: unknown, ...more: unknown[]) =>
      (call as (...all: unknown[]) => unknown)(inFolder(first), ...more),
  ]);
  return Object.fromEntries(calls) as Files;
}

const nowhere: KillPoint = { at: 0, seed: 0, count: 0 };

/**
 * A device whose every byte lies in a folder, with its journal and floor in the real database, which asks a web server
 * for assignments and bytes. Each write of the database is an operation of `point`. `trial`: what a new model does.
 */
export function openDiskAgent(
  folder: string,
  address: string,
  disk: Files,
  trial: string,
  point = nowhere,
) {
  const files = below(folder, disk);
  const clock = new ManualClock(start);
  const database = new FloorDatabase(
    join(folder, 'update.db'),
    openKeyFile(disk, `${folder}/keys`),
  );
  const remember = (name: string, value: string) =>
    dieAround(point, () => database.remember(name, value));
  const floors: Pick<FloorDatabase, 'read' | 'write'> = {
    read: () => database.read(),
    write: (floor) => dieAround(point, () => database.write(floor)),
  };
  const opened = { trialAt: 0 };
  const device = new AgentDevice(
    {
      repository: Object.assign(new HttpSource({ address: `${address}/metadata`, clock }), {
        files: new Map([['1.root.json', disk.readBytes(join(folder, '1.root.json'))]]),
      }),
      chunks: new HttpChunks({ address: `${address}/targets`, clock }),
    },
    {
      files,
      floors,
      provisioned: files.exists('/provisioned'),
      store: journalIn({ recall: (name) => database.recall(name), remember }),
      report: (report: UpdateReport) => Promise.resolve(keep(files, report)),
      log: (_level, event) => void (event === 'update trial' && (opened.trialAt = point.count)),
    },
  );
  if (trial === 'crashing') device.host.facts = { ...device.host.facts, crashes: 2 };
  return Object.assign(opened, {
    device,
    describe: () => describe(device, files),
    finish: () => finish(device, new HttpSource({ address, clock }), folder),
    close: () => database.close(),
  });
}

/** The fleet's side: what it has of a report it never loses. */
function keep(files: Files, report: UpdateReport): void {
  files.makeFolder('/reports');
  files.replace(`/reports/${report.number}.json`, JSON.stringify(report));
}

/** Carries out what is assigned until nothing is left to do. */
async function finish({ agent }: AgentDevice, assignments: HttpSource, name: string) {
  for (let turns = 0; turns < 5; turns++) {
    const envelope = await assignments.fetch('assignment.json', 65_536);
    if (!envelope) throw new Error(`${name}: nothing is assigned`);
    agent.offer(envelope);
    await agent.work();
  }
}

function describe({ host, slots }: AgentDevice, files: Files) {
  return {
    runs: host.answers.hash,
    slots: slots.read()['chest'],
    folders: files.list('/slots').filter((name) => name !== 'active.json'),
    reports: files
      .list('/reports')
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(files.readText(`/reports/${name}`)) as UpdateReport),
  };
}
