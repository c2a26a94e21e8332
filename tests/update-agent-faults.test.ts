import { expect, it } from 'vitest';
import type { UpdateReport } from '../ota/agent/journal.ts';
import {
  AgentDevice,
  type AgentRepository,
  agentRepository,
  assignRelease,
  fileJournal,
} from './agent-device.ts';
import { faultKinds, type Fault, faultyFiles } from './faults/faulty-files.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { Random } from './random-pdu.ts';
import { MemoryFloor } from './update-device.ts';

interface Life {
  published: AgentRepository;
  disk: MemoryDisk;
  floors: MemoryFloor;
  reports: UpdateReport[];
}

/** Carries out the second release on a disk that may fail; how many operations there were. */
async function live({ published, disk, floors, reports }: Life, fault?: Fault): Promise<number> {
  const files = faultyFiles(disk, fault);
  try {
    const device = new AgentDevice(published, {
      files,
      floors,
      reports,
      store: fileJournal(files),
    });
    await device.carryOut(assignRelease(published, published.releases[1], { seq: 8 }));
    for (let count = 0; count < 3; count++) await device.agent.work();
  } catch {
    // A process that cannot start, or whose disk takes no journal, ends; the next life shows what is left.
  }
  return files.count;
}

/** A device that has committed the first release. */
async function firstCommitted(): Promise<Life> {
  const published = agentRepository();
  const [floors, disk, reports] = [new MemoryFloor(), new MemoryDisk(), [] as UpdateReport[]];
  const device = new AgentDevice(published, {
    files: disk,
    floors,
    reports,
    store: fileJournal(disk),
  });
  await device.carryOut(assignRelease(published, published.releases[0]));
  return { published, disk, floors, reports };
}

it.each(faultKinds)(
  'an update on which %s falls at any operation leaves a model that is whole, and ends once',
  async (kind) => {
    const first = await firstCommitted();
    const { published } = first;
    const hashes = published.releases.map(({ sha256 }) => sha256);
    const again = (disk: MemoryDisk): Life => ({
      ...first,
      disk,
      floors: Object.assign(new MemoryFloor(), { floor: first.floors.floor }),
      reports: [...first.reports],
    });
    const count = await live(again(first.disk.afterPowerCut(new Random(0))));
    expect(count).toBeGreaterThan(60);
    for (const seed of [1, 2, 3])
      for (let at = 1; at <= count; at++) {
        const life = again(first.disk.afterPowerCut(new Random(0)));
        await live(life, { kind, at, lasts: 2 });
        const disk = life.disk.afterPowerCut(new Random(seed));
        const { floors, reports } = life;
        const survivor = new AgentDevice(published, {
          files: disk,
          floors,
          reports,
          store: fileJournal(disk),
        });
        const where = `${kind} at ${at}, seed ${seed}`;
        expect(hashes, where).toContain(survivor.host.answers.hash);
        expect(survivor.host.calls, where).toEqual([]);
        await survivor.carryOut(assignRelease(published, published.releases[1], { seq: 8 }));
        for (let turns = 0; turns < 3; turns++) await survivor.agent.work();
        expectEnd(survivor, where);
      }
  },
  300_000,
);

/** It has ended, once, and every report came, however often. */
function expectEnd({ agent, host, slots, reports }: AgentDevice, where: string): void {
  const last = agent.journal.ended.at(-1)!;
  expect(agent.journal.update, where).toBeUndefined();
  expect(agent.journal.ended.filter(({ assignment }) => assignment === 8)).toHaveLength(1);
  const { committed } = slots.read()['chest']!;
  expect(host.answers.hash, where).toBe(committed);
  expect(last.state === 'committed', where).toBe(committed === last.sha256);
  const numbers = new Set(reports.map(({ number }) => number));
  expect(numbers.size, where).toBe(agent.journal.lastReport);
}
