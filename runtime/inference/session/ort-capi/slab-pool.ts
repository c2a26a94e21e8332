import { NativeMemory } from './native-memory.ts';

/** More than a run needs, so that a run under way and one behind it do not allocate. */
const keptSlabs = 2;

/** Native memory of one session's runs, used again and again: fresh pages cost more than the copy into them. */
export class SlabPool {
  #free: NativeMemory[] = [];
  #closed = false;

  /** Memory of at least so many bytes. What stands in it is left over from before. */
  take(bytes: number): NativeMemory {
    const at = this.#free.findIndex((slab) => slab.bytes >= bytes);
    return at < 0 ? new NativeMemory(bytes) : this.#free.splice(at, 1)[0]!;
  }

  /** Keeps the largest. */
  putBack(slab: NativeMemory): void {
    this.#free.push(slab);
    this.#free.sort((a, b) => a.bytes - b.bytes);
    if (this.#closed) this.close();
    else if (this.#free.length > keptSlabs) this.#free.shift()!.free();
  }

  /** Frees everything; what is out is freed when it is put back. */
  close(): void {
    this.#closed = true;
    for (const slab of this.#free.splice(0)) slab.free();
  }
}
