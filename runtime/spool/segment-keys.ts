import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { keyLength, type Keys } from '../../device/keys.ts';
import { openKeys } from '../../device/root-key.ts';
import type { WrappedKey } from '../../device/wrapped-key.ts';
import { closeAnyway, createWith, removeAnyway } from './new-file.ts';

/** Keys that are kept in memory, so that reading a study does not open its key for each of its images. */
const longest = 64;

const ending = '.key';

/**
 * The keys of sealed segments. Every segment has its own, wrapped with the device's root key in a file of the same
 * name, and a segment belongs to one study: destroying the keys of its segments erases a study. No two segments share a
 * key, so an image that arrives while its study is being erased can never be sealed with a key that is about to go.
 */
export class SegmentKeys {
  readonly #files: Files;
  readonly #keys: Keys;
  readonly #folder: string;
  readonly #recent = new Map<string, Buffer>();

  /** `folder`: where the key files lie; it must exist. */
  constructor(files: Files, keys: Keys, folder: string) {
    this.#files = files;
    this.#keys = keys;
    this.#folder = folder;
  }

  /** Makes the key of a new segment. What it seals may be promised only when `kept` has resolved. */
  create(segment: string): { key: Buffer; kept: Promise<void> } {
    const key = randomBytes(keyLength);
    const path = this.#pathOf(segment);
    const wrapped = this.#keys.wrap(purposeOf(segment), key);
    const fd = createWith(this.#files, path, wrapped);
    return { key, kept: this.#keep(fd) };
  }

  /** Removes the key of a segment that came to nothing. */
  abandon(segment: string): void {
    removeAnyway(this.#files, this.#pathOf(segment));
  }

  /** Throws KEY_MISSING or KEY_UNUSABLE. */
  find(segment: string): Buffer {
    const name = basename(segment);
    const key = this.#recent.get(name) ?? this.#read(segment);
    this.#recent.delete(name);
    this.#recent.set(name, key);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > longest && oldest !== undefined) this.#recent.delete(oldest);
    return key;
  }

  /**
   * Makes what the segment holds unreadable for good. The file stays, empty of any key, until the segment is gone and
   * `forget` is called: a start in between knows then that somebody has meant it. Harmless when repeated.
   */
  async destroy(segment: string): Promise<void> {
    this.#recent.delete(basename(segment));
    const path = this.#pathOf(segment);
    if (this.#files.exists(path)) await this.#overwrite(path);
  }

  isDestroyed(segment: string): boolean {
    const path = this.#pathOf(segment);
    return this.#files.exists(path) && this.#files.readBytes(path).every((byte) => byte === 0);
  }

  /** Removes what is left of a destroyed key. */
  async forget(segment: string): Promise<void> {
    this.#files.remove(this.#pathOf(segment));
    await this.#files.syncFolder(this.#folder);
  }

  #pathOf(segment: string): string {
    return join(this.#folder, `${basename(segment)}${ending}`);
  }

  #read(segment: string): Buffer {
    const path = this.#pathOf(segment);
    if (!this.#files.exists(path) || this.isDestroyed(segment))
      throw new ScansideError('KEY_MISSING', basename(segment));
    return this.#keys.unwrap(purposeOf(segment), this.#files.readBytes(path));
  }

  /** The file is closed only when its sync is over: the number of its descriptor may soon be another file's. */
  async #keep(fd: number): Promise<void> {
    const synced = [this.#files.sync(fd), this.#files.syncFolder(this.#folder)];
    const ends = await Promise.allSettled(synced);
    closeAnyway(this.#files, fd);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #overwrite(path: string): Promise<void> {
    const fd = this.#files.openToUpdate(path);
    try {
      const zeros = new Uint8Array(this.#files.size(fd));
      this.#files.write(fd, zeros, 0, zeros.length);
      await this.#files.sync(fd);
    } finally {
      this.#files.close(fd);
    }
  }
}

/** Every key in the folder of keys. */
export function segmentKeysIn(files: Files, folder: string): WrappedKey[] {
  return files
    .list(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      path: join(folder, name),
      purpose: purposeOf(name.slice(0, -ending.length)),
    }));
}

/** The root key of a spool. Throws as openKeys does. */
export function openRootKey(files: Files, spool: string, keyFolder: string): Keys {
  return openKeys(files, keyFolder, files.list(join(spool, 'keys')).length > 0);
}

/** The keys of a spool, with the root key in `keyFolder`. Throws as openRootKey does. */
export function openSegmentKeys(files: Files, spool: string, keyFolder: string): SegmentKeys {
  return new SegmentKeys(files, openRootKey(files, spool, keyFolder), join(spool, 'keys'));
}

function purposeOf(segment: string): string {
  return `segment ${basename(segment)}`;
}
