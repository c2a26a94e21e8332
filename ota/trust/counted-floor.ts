import { ScansideError } from '../../device/errors.ts';
import type { HardwareCounter } from '../../device/tpm-counter.ts';
import type { Floor, FloorStore } from './floor.ts';

/** Where the floor lies, and beside it the count of its writes. */
export interface CountableFloor extends FloorStore {
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
}

const row = 'floor-count';
/** Stands there while the counter is being made: a power cut in between is no attack. */
const begun = 'begun';

/**
 * A floor whose writes a counter in hardware counts: an old copy of the whole disk is recognised, which no secret on the
 * disk can do. Nothing is refused after a power cut: the count on the disk goes first.
 */
export class CountedFloor implements FloorStore {
  readonly #store: CountableFloor;
  readonly #counter: HardwareCounter;

  /** Throws UPDATE_FLOOR_OLD where the disk is behind the counter, or the counter is gone, and TPM_UNAVAILABLE. */
  constructor(store: CountableFloor, counter: HardwareCounter) {
    this.#store = store;
    this.#counter = counter;
    this.#meet();
  }

  read(): Floor | undefined {
    return this.#store.read();
  }

  write(floor: Floor): void {
    this.#store.write(floor);
    this.#store.remember(row, String(Number(this.#store.recall(row)) + 1));
    this.#counter.increment();
  }

  /** Holds the two against each other; what a power cut has left between them is made good. */
  #meet(): void {
    const known = this.#store.recall(row);
    const counted = this.#counter.read();
    if (known === begun || (known === undefined && counted === undefined))
      return this.#begin(counted);
    const isBehind = Number(known ?? -1) < (counted ?? Infinity);
    if (isBehind)
      throw new ScansideError('UPDATE_FLOOR_OLD', `${known ?? 'none'}, not ${counted ?? 'none'}`);
    if (Number(known) > counted!) this.#counter.increment();
  }

  #begin(counted: number | undefined): void {
    this.#store.remember(row, begun);
    if (counted === undefined) this.#counter.make();
    this.#store.remember(row, String(this.#counter.read()));
  }
}
