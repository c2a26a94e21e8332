import { expect, it } from 'vitest';
import type { Files } from '../device/files.ts';
import type { Floor, FloorStore } from '../ota/trust/floor.ts';
import { faultKinds, type Fault, faultyFiles } from './faults/faulty-files.ts';
import type { MemoryDisk } from './faults/memory-disk.ts';
import { Random } from './random-pdu.ts';
import { UpdateDevice } from './update-device.ts';
import { chest2, publishedRepository } from './update-repository.ts';

const path = '/floor.json';

/** A floor on the same disk, so that a fault can hit it too. */
class FileFloor implements FloorStore {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  read(): Floor | undefined {
    if (!this.#files.exists(path)) return undefined;
    const { roles, ...more } = JSON.parse(this.#files.readText(path));
    return { ...more, roles: new Map(roles) };
  }

  write(floor: Floor): void {
    this.#files.replace(path, JSON.stringify({ ...floor, roles: [...floor.roles] }));
  }
}

/** A device that has refreshed once, before a second release is published. */
async function refreshedOnce() {
  const repository = publishedRepository();
  const device = new UpdateDevice(repository);
  device.floors = new FileFloor(device.disk) as never;
  await refreshAll(device);
  repository.publishRoot();
  repository.publish();
  return { repository, device };
}

async function refreshAll(device: UpdateDevice): Promise<void> {
  const { find } = await device.trust.refresh(device.source);
  await find(chest2);
}

/** Refreshes on a disk that fails; how many operations there were. */
async function refreshFaultily(device: UpdateDevice, disk: MemoryDisk, fault?: Fault) {
  const files = faultyFiles(disk, fault);
  device.disk = files as never;
  device.floors = new FileFloor(files) as never;
  const failed = await refreshAll(device).then(
    () => false,
    () => true,
  );
  return { count: files.count, failed };
}

const before = { root: 1, timestamp: 1, snapshot: 1, targets: 1, 'models.chest': 1 };
const after = { root: 2, timestamp: 2, snapshot: 2, targets: 2, 'models.chest': 2 };

it.each(faultKinds)(
  'a refresh on which %s falls at any operation leaves a whole set, and the next one ends well',
  async (kind) => {
    const { repository, device } = await refreshedOnce();
    const pristine = device.disk;
    const { count } = await refreshFaultily(device, pristine.afterPowerCut(new Random(0)));
    expect(count).toBeGreaterThan(30);
    let failures = 0;
    for (const seed of [1, 2, 3])
      for (let at = 1; at <= count; at++) {
        const disk = pristine.afterPowerCut(new Random(0));
        const { failed } = await refreshFaultily(device, disk, { kind, at, lasts: 2 });
        failures += Number(failed);
        const survivor = new UpdateDevice(repository);
        survivor.disk = disk.afterPowerCut(new Random(seed));
        survivor.floors = new FileFloor(survivor.disk) as never;
        survivor.provisioned = true;
        expectWhole(survivor);
        await refreshAll(survivor);
        expect(survivor.believed, `${kind} at ${at}`).toEqual(after);
      }
    expect(failures).toBeGreaterThan(count);
  },
);

/** What is believed was believed at some moment: each role is the old or the new one, and the root is there. */
function expectWhole({ believed }: UpdateDevice): void {
  expect(believed['root']).toBeGreaterThanOrEqual(1);
  for (const [role, version] of Object.entries(believed))
    expect([before, after].map((set) => set[role as keyof typeof before])).toContain(version);
}
