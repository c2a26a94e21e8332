import { createHash, randomBytes } from 'node:crypto';
import { readData } from '../../device/data-extent.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { keyLength, type Keys } from '../../device/keys.ts';
import { sealedLength, Sealer } from '../../device/sealing.ts';
import { type Directory, directorySchema, type Place } from './directory.ts';

/**
 * The pictures of one study in one file, each sealed as a record of its own with a key that no other file has:
 *
 *     wrapped key (60) | picture | picture | ... | directory | length of the directory u32
 *
 * The key is wrapped with the device's root key and stands in the file itself, so that overwriting its first bytes makes
 * all of it unreadable for good. A file that is cut off has no directory.
 */
const wrappedLength = 60;
const tailLength = 4;
/** What the key of a file is wrapped for. */
export const pictureKeyPurpose = 'previews';

/** A key for one new file, plain for whoever writes it and as it lies in the file. */
export interface FileKey {
  key: Uint8Array;
  wrapped: Uint8Array;
}

export function makeFileKey(keys: Keys): FileKey {
  const key = randomBytes(keyLength);
  return { key, wrapped: keys.wrap(pictureKeyPurpose, key) };
}

/** Writes pictures as they come, then what there is of them. Throws Node's own errors. */
export class PictureWriter {
  readonly #files: Files;
  readonly #fd: number;
  readonly #sealer: Sealer;
  #at = 0;

  /** The file must not exist. */
  constructor(files: Files, path: string, { key, wrapped }: FileKey) {
    this.#files = files;
    this.#sealer = new Sealer(key);
    this.#fd = files.create(path);
    this.#put(wrapped);
  }

  add(bytes: Uint8Array): Place {
    const at = this.#at;
    this.#seal(bytes);
    return { at, length: bytes.length, etag: tagOf(bytes) };
  }

  /** The file is whole; whoever takes it in has it synced. */
  finish(directory: Directory): void {
    const bytes = Buffer.from(JSON.stringify(directory));
    this.#seal(bytes);
    const tail = Buffer.alloc(tailLength);
    tail.writeUInt32LE(bytes.length);
    this.#put(tail);
    this.#files.close(this.#fd);
  }

  #seal(bytes: Uint8Array): void {
    this.#sealer.begin(new Uint8Array(0));
    this.#put(this.#sealer.number());
    this.#sealer.write(bytes, 0, bytes.length, (sealed) => this.#put(sealed));
    this.#sealer.finish((sealed) => this.#put(sealed));
  }

  #put(bytes: Uint8Array): void {
    this.#files.write(this.#fd, bytes, 0, bytes.length);
    this.#at += bytes.length;
  }
}

/** The entity tag of those bytes. */
export function tagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** A file whose directory has been read. */
export interface PictureFile {
  path: string;
  /** Of the whole file. */
  bytes: number;
  key: Uint8Array;
  directory: Directory;
}

/** Throws SPOOL_CORRUPT, SEAL_BROKEN or KEY_UNUSABLE where the file is cut off or changed, and Node's own errors. */
export function openPictureFile(files: Files, keys: Keys, path: string): PictureFile {
  const { bytes, wrapped, length } = readEnds(files, path);
  const key = keys.unwrap(pictureKeyPurpose, wrapped);
  const offset = bytes - tailLength - sealedLength(length);
  if (offset < wrappedLength) throw damaged('it has no directory');
  const text = readData(files, { path, offset, length, key }).toString();
  const parsed = directorySchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw damaged('its directory says what nobody understands');
  return { path, bytes, key, directory: parsed.data };
}

function readEnds(files: Files, path: string) {
  const fd = files.openToRead(path);
  try {
    const bytes = files.size(fd);
    const [wrapped, tail] = [Buffer.alloc(wrappedLength), Buffer.alloc(tailLength)];
    files.read(fd, wrapped, 0);
    files.read(fd, tail, Math.max(0, bytes - tailLength));
    return { bytes, wrapped, length: tail.readUInt32LE() };
  } finally {
    files.close(fd);
  }
}

function damaged(detail: string): ScansideError {
  return new ScansideError('SPOOL_CORRUPT', `a file of previews: ${detail}`);
}

/** The bytes of a picture. Throws as `openPictureFile` does. */
export function readPicture(
  files: Files,
  { path, key }: Pick<PictureFile, 'path' | 'key'>,
  { at, length }: Place,
): Buffer {
  return readData(files, { path, offset: at, length, key });
}

/** Makes a file unreadable for good, then removes it. Harmless where there is none, and when repeated. */
export async function destroyPictureFile(files: Files, path: string): Promise<void> {
  if (!files.exists(path)) return;
  const fd = files.openToUpdate(path);
  try {
    const zeros = new Uint8Array(Math.min(wrappedLength, files.size(fd)));
    files.write(fd, zeros, 0, zeros.length);
    await files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.remove(path);
}
