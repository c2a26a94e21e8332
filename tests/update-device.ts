import { ManualClock } from '../device/manual-clock.ts';
import type { Floor, FloorStore } from '../ota/trust/floor.ts';
import type { MetadataSource } from '../ota/trust/metadata-source.ts';
import { Trust } from '../ota/trust/trust.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { start, type UpdateRepository } from './update-repository.ts';

export const folder = '/update';

/** Remembers in memory. */
export class MemoryFloor implements FloorStore {
  floor: Floor | undefined;

  read(): Floor | undefined {
    return this.floor;
  }

  write(floor: Floor): void {
    this.floor = floor;
  }
}

/** A device whose disk, clock and memory a test may change. */
export class UpdateDevice {
  disk = new MemoryDisk();
  floors = new MemoryFloor();
  provisioned = false;
  now = start;
  readonly source: MetadataSource;
  readonly factoryRoot: Buffer;

  constructor(repository: UpdateRepository) {
    this.source = repository;
    this.factoryRoot = repository.files.get('1.root.json')!;
  }

  /** The device after a restart. */
  get trust(): Trust {
    const { disk: files, floors, factoryRoot, provisioned } = this;
    const clock = new ManualClock(this.now);
    return new Trust({ clock, files, folder, factoryRoot, builtAt: start, floors, provisioned });
  }

  /** Versions that a refresh ends with. */
  async refresh(source = this.source): Promise<Record<string, number>> {
    const { versions } = await this.trust.refresh(source);
    return Object.fromEntries([...versions].map(([role, { version }]) => [role, version]));
  }

  /** Versions of what is believed without asking anybody. */
  get believed(): Record<string, number> {
    return Object.fromEntries(
      [...this.trust.believed].map(([role, bytes]) => [
        role,
        JSON.parse(String(bytes)).signed.version,
      ]),
    );
  }
}
