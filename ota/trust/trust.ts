import { createHash } from 'node:crypto';
import type { TargetFile } from 'tuf-js';
import type { Clock } from '../../device/clock.ts';
import { isoInstant } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type Floor, type FloorStore, newFloor, raiseFloor, type Versions } from './floor.ts';
import { Generations, type MetadataSet } from './generations.ts';
import type { MetadataSource } from './metadata-source.ts';
import { openStore } from './verification.ts';
import { Workflow } from './workflow.ts';

export interface TrustOptions {
  clock: Clock;
  files: Files;
  /** Folder of the metadata; nothing else lies in it. */
  folder: string;
  /** The root metadata that the device was made with. */
  factoryRoot: Buffer;
  /** Wall time at which the software was made, milliseconds since 1970 UTC: it has certainly passed. */
  builtAt: number;
  floors: FloorStore;
  /** The device was set up once: a floor that is missing was taken away. */
  provisioned: boolean;
}

/** What is believed of the repository after a refresh. */
export interface Trusted {
  versions: Versions;
  /** Wall time at which the repository itself said that there is no newer root. */
  rootCheckedAt: number;
  /** What was signed for a target, or undefined where no role that may name it has. Throws like `refresh`. */
  find(path: string): Promise<TargetFile | undefined>;
}

/**
 * The device's view of the image repository (TUF 1.0). tuf-js verifies; persistence, floors and the clock are ours: what
 * is believed is kept or dropped as a whole, no version sinks below the floor even where the files are gone, and with a
 * clock that has gone back nothing is installed.
 *
 * Expired metadata stops new installations and nothing else: what runs asks nothing here.
 */
export class Trust {
  readonly #options: TrustOptions;
  readonly #generations: Generations;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#generations = new Generations(options.files, options.folder);
  }

  /**
   * Brings the metadata up to date. Throws UPDATE_…: what was believed before is believed still, and what was verified
   * on the way stays, so that a key that a new root has revoked is revoked also where the rest is missing.
   */
  async refresh(source: MetadataSource): Promise<Trusted> {
    const floor = this.#floor();
    const now = this.#options.clock.now();
    if (now < floor.time)
      throw new ScansideError('UPDATE_TIME_UNTRUSTED', `not before ${isoInstant(floor.time)}`);
    const workflow = new Workflow({ start: this.#start(floor), source, floor, now });
    const kept = <T>(step: Promise<T>) => step.finally(() => this.#keep(workflow));
    await kept(workflow.refresh());
    return {
      versions: workflow.reached.roles,
      rootCheckedAt: now,
      find: (path) => kept(workflow.find(path)),
    };
  }

  /** The metadata that counts now, as it was fetched. */
  get believed(): MetadataSet {
    return this.#start(this.#floor());
  }

  /**
   * The floor first: a power cut between the two leaves metadata below it, which the next refresh replaces. The other
   * way round there would be a moment to go back to.
   */
  #keep({ set, reached }: Workflow): void {
    const floor = this.#floor();
    const raised = raiseFloor(floor, reached);
    if (!isSameFloor(floor, raised)) this.#options.floors.write(raised);
    if (!isSameSet(set, this.#start(raised))) this.#generations.commit(set);
  }

  #floor(): Floor {
    const { floors, provisioned, builtAt, folder } = this.#options;
    const floor = floors.read();
    if (!floor && provisioned) throw new ScansideError('UPDATE_FLOOR_MISSING', folder);
    const lowest = newFloor(builtAt);
    return floor ? raiseFloor(lowest, floor) : lowest;
  }

  /**
   * The newest set whose root is the one that was believed last; whoever could write the folder could put a root of his
   * own there, which is signed well enough by itself. Else the root that the device was made with, from which the
   * repository's roots lead on.
   */
  #start({ rootHash }: Floor): MetadataSet {
    for (const set of this.#generations.readable())
      if (hashOf(set.get('root')) === rootHash) return set;
    return new Map([['root', this.#options.factoryRoot]]);
  }
}

/** Throws UPDATE_ROOT_UNUSABLE where these bytes are no root metadata that has signed itself. */
export function checkRoot(root: Buffer): void {
  try {
    openStore(root, 0);
  } catch (cause) {
    throw new ScansideError('UPDATE_ROOT_UNUSABLE', 'it cannot be verified', { cause });
  }
}

function hashOf(bytes: Buffer | undefined): string | undefined {
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

function isSameSet(one: MetadataSet, other: MetadataSet): boolean {
  return (
    one.size === other.size && [...one].every(([role, bytes]) => other.get(role)?.equals(bytes))
  );
}

function isSameFloor(one: Floor, other: Floor): boolean {
  return (
    one.time === other.time &&
    one.rootHash === other.rootHash &&
    [...other.roles].every(([role, { version, keys }]) => {
      const known = one.roles.get(role);
      return known?.version === version && known.keys === keys;
    })
  );
}
