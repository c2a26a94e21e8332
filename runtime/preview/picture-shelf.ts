import { basename, join } from 'node:path';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { WrappedKey } from '../../device/wrapped-key.ts';
import {
  destroyPictureFile,
  openPictureFile,
  type PictureFile,
  pictureKeyPurpose,
} from './picture-file.ts';

export interface PictureShelfOptions {
  files: Files;
  /** The device's root key. */
  keys: Keys;
  /** Where the files lie; made where it is not there. */
  folder: string;
  /** Bytes that all files together may take. */
  limit: number;
  /** Told of a file that is damaged, and removed; no patient data. */
  damaged(detail: string): void;
}

const ending = '.pictures';

/**
 * The files of pictures on the disk, one for a study. Their names say nothing to anybody without the root key. What does
 * not fit any more is destroyed, the oldest first.
 */
export class PictureShelf {
  readonly #options: PictureShelfOptions;
  /** By the name of the study on the disk. */
  readonly #open = new Map<string, PictureFile>();

  constructor(options: PictureShelfOptions) {
    this.#options = options;
  }

  /** Finds what an earlier run left. What is damaged or was cut off is removed. */
  async load(): Promise<void> {
    const { files, folder } = this.#options;
    files.makeFolder(folder);
    for (const name of files.list(folder)) await this.#load(join(folder, name));
    await this.#tidy(undefined);
  }

  find(studyUid: string): PictureFile | undefined {
    return this.#open.get(this.#nameOf(studyUid));
  }

  /** Where a file of that plan is to be written; what stands there from an earlier try is destroyed. */
  async clear(studyUid: string, plan: string): Promise<string> {
    const path = join(this.#options.folder, `${this.#nameOf(studyUid)}-${plan}${ending}`);
    await destroyPictureFile(this.#options.files, path);
    return path;
  }

  /** Takes in a file that is whole; it takes the place of an earlier one. False where it is damaged. */
  async take(path: string): Promise<boolean> {
    const { files, folder } = this.#options;
    await syncFile(files, path);
    await files.syncFolder(folder);
    const isWhole = await this.#load(path);
    await this.#tidy(path);
    return isWhole;
  }

  /** Destroys every file of a study, whole or not. */
  async erase(studyUid: string): Promise<void> {
    const { files, folder } = this.#options;
    const name = this.#nameOf(studyUid);
    this.#open.delete(name);
    for (const each of files.list(folder).filter((file) => file.startsWith(name)))
      await destroyPictureFile(files, join(folder, each));
    await files.syncFolder(folder);
  }

  /** Destroys a file that turned out to be damaged when it was read. */
  async discard(file: PictureFile, error: unknown): Promise<void> {
    this.#options.damaged(String(error));
    const name = studyOf(file.path);
    if (this.#open.get(name) === file) this.#open.delete(name);
    await destroyPictureFile(this.#options.files, file.path);
  }

  async #load(path: string): Promise<boolean> {
    const { files, keys, damaged } = this.#options;
    try {
      const file = openPictureFile(files, keys, path);
      await this.#put(file);
      return true;
    } catch (error) {
      damaged(String(error));
      await destroyPictureFile(files, path);
      return false;
    }
  }

  /** Of two files of a study the newer one stays. */
  async #put(file: PictureFile): Promise<void> {
    const name = studyOf(file.path);
    const other = this.#open.get(name);
    const isOlder = other && other.directory.madeAt > file.directory.madeAt;
    if (!isOlder) this.#open.set(name, file);
    const superseded = isOlder ? file : other;
    if (superseded && superseded.path !== this.#open.get(name)?.path)
      await destroyPictureFile(this.#options.files, superseded.path);
  }

  async #tidy(kept: string | undefined): Promise<void> {
    let bytes = [...this.#open.values()].reduce((sum, file) => sum + file.bytes, 0);
    const oldest = [...this.#open].sort(([, a], [, b]) => a.directory.madeAt - b.directory.madeAt);
    for (const [name, file] of oldest) {
      if (bytes <= this.#options.limit) return;
      if (file.path === kept) continue;
      this.#open.delete(name);
      await destroyPictureFile(this.#options.files, file.path);
      bytes -= file.bytes;
    }
  }

  #nameOf(studyUid: string): string {
    return this.#options.keys.identify('previews', studyUid);
  }
}

/** The keys of all files of a folder. */
export function pictureKeysIn(files: Files, folder: string): WrappedKey[] {
  return files
    .list(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), purpose: pictureKeyPurpose }));
}

/** The process that has written it may not. */
async function syncFile(files: Files, path: string): Promise<void> {
  const fd = files.openToUpdate(path);
  try {
    await files.sync(fd);
  } finally {
    files.close(fd);
  }
}

function studyOf(path: string): string {
  return basename(path).split('-')[0]!;
}
