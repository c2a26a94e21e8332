import { join } from 'node:path';
import type { Files } from '../../device/files.ts';

/** Metadata by role, such as `root` or `models.chest`. */
export type MetadataSet = ReadonlyMap<string, Buffer>;

const pointer = 'current';
const kept = 2;
const fileName = /^([1-9]\d{0,14})\.(.+\.json)$/;

/**
 * Sets of metadata that belong together, numbered: `7.root.json`, `7.timestamp.json`. Every file of a set is on stable
 * storage before the file `current` names its number: a power cut leaves the old set or the new one, never parts of both.
 */
export class Generations {
  readonly #files: Files;
  readonly #folder: string;

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** The sets that there are: the one that counts, then older ones, to be tried where it is not usable. */
  *readable(): Generator<MetadataSet> {
    const current = this.#current();
    for (const number of this.#numbers().toReversed())
      if (number <= current) yield this.#read(number);
  }

  /** Makes a set the one that counts, for good on return. */
  commit(set: MetadataSet): void {
    this.#files.makeFolder(this.#folder);
    const number = Math.max(this.#current(), ...this.#numbers()) + 1;
    for (const [role, bytes] of set)
      this.#files.replace(this.#path(`${number}.${fileOf(role)}`), bytes);
    this.#files.replace(this.#path(pointer), String(number));
    this.#removeUpTo(number - kept);
  }

  #removeUpTo(last: number): void {
    for (const name of this.#files.list(this.#folder))
      if (Number(fileName.exec(name)?.[1]) <= last) this.#files.remove(this.#path(name));
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #numbers(): number[] {
    const names = this.#files.list(this.#folder).map((name) => fileName.exec(name)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined).map(Number))].sort(
      (one, other) => one - other,
    );
  }

  /** Where the file `current` is lost, the newest set that can be used counts. */
  #current(): number {
    const path = this.#path(pointer);
    const text = this.#files.exists(path) ? this.#files.readText(path) : '';
    return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : Math.max(0, ...this.#numbers());
  }

  #read(number: number): MetadataSet {
    const set = new Map<string, Buffer>();
    for (const name of this.#files.list(this.#folder)) {
      const [, found, file] = fileName.exec(name) ?? [];
      const role = file && Number(found) === number ? roleOf(file) : undefined;
      if (role) set.set(role, this.#files.readBytes(this.#path(name)));
    }
    return set;
  }
}

/** A role's name may hold slashes and worse; no name from the network becomes a path. */
export function fileOf(role: string): string {
  return `${encodeURIComponent(role)}.json`;
}

/** Undefined for the name of no file of ours. */
function roleOf(file: string): string | undefined {
  try {
    return decodeURIComponent(file.slice(0, -'.json'.length));
  } catch {
    return undefined;
  }
}
