import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { ScansideError } from './errors.ts';

/**
 * Data at rest: AES-256-GCM in chunks that are authenticated each by itself, so that the first bytes of a large object
 * can be read without the rest.
 *
 *     record number u64 | chunk, tag (16) | chunk, tag | ... | last chunk, tag
 *
 * Every chunk but the last has `chunkLength` bytes; the last has 0 to `chunkLength`. The nonce is the record number and
 * the chunk's index, little-endian: whoever seals never uses a record number twice with one key. Whether a chunk is the
 * last is authenticated with it, so no data can be shortened, and none put together of parts.
 */
export const chunkLength = 256 * 1024;
export const recordNumberLength = 8;
const tagLength = 16;
const cipherName = 'aes-256-gcm';

/** Index of the chunk that holds what describes a record. Data never has so many chunks. */
const metaIndex = 0xffff_ffff;

interface ChunkPlace {
  record: bigint;
  index: number;
  final: boolean;
}

function nonceOf({ record, index }: ChunkPlace): Buffer {
  const nonce = Buffer.allocUnsafe(12);
  nonce.writeBigUInt64LE(record);
  nonce.writeUInt32LE(index, 8);
  return nonce;
}

function authenticated({ index, final }: ChunkPlace): Buffer {
  const bytes = Buffer.allocUnsafe(5);
  bytes.writeUInt32LE(index);
  bytes.writeUInt8(final ? 1 : 0, 4);
  return bytes;
}

/** Ciphertext and tag. */
function sealChunk(key: KeyObject, place: ChunkPlace, plain: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv(cipherName, key, nonceOf(place)).setAAD(authenticated(place));
  const sealed = cipher.update(plain);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

function openChunk(key: Uint8Array, place: ChunkPlace, sealed: Buffer): Buffer {
  if (sealed.length < tagLength) throw new ScansideError('SEAL_BROKEN', 'a chunk is cut off');
  const cipher = createDecipheriv(cipherName, key, nonceOf(place)).setAAD(authenticated(place));
  cipher.setAuthTag(sealed.subarray(-tagLength));
  try {
    const plain = cipher.update(sealed.subarray(0, -tagLength));
    cipher.final();
    return plain;
  } catch (cause) {
    throw new ScansideError('SEAL_BROKEN', `chunk ${place.index} is not as written`, { cause });
  }
}

function countChunks(length: number): number {
  return Math.max(1, Math.ceil(length / chunkLength));
}

/** Bytes that `length` bytes of data take when sealed. */
export function sealedLength(length: number): number {
  return recordNumberLength + length + countChunks(length) * tagLength;
}

/** How many bytes of data `sealed` bytes hold; undefined where no data has that length when sealed. */
export function openedLength(sealed: number): number | undefined {
  const chunks = Math.ceil((sealed - recordNumberLength) / (chunkLength + tagLength));
  const length = sealed - recordNumberLength - chunks * tagLength;
  return length >= 0 && sealedLength(length) === sealed ? length : undefined;
}

/** Seals records with one key, one after the other. Every record that is begun takes a number of its own. */
export class Sealer {
  /** Prepared once: handing over the bytes for every chunk costs as much as sealing a seventh of it. */
  readonly #key: KeyObject;
  readonly #pending = Buffer.allocUnsafeSlow(chunkLength);
  #filled = 0;
  #index = 0;
  #record = -1n;

  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** Begins a record, also where the one before was given up; returns what describes it, sealed. */
  begin(meta: Uint8Array): Buffer {
    this.#record += 1n;
    this.#index = 0;
    this.#filled = 0;
    return Buffer.concat(
      sealChunk(this.#key, { record: this.#record, index: metaIndex, final: true }, meta),
    );
  }

  /** What stands before the first chunk. */
  number(): Buffer {
    const bytes = Buffer.allocUnsafe(recordNumberLength);
    bytes.writeBigUInt64LE(this.#record);
    return bytes;
  }

  /** Takes data; hands on sealed bytes as chunks fill. The last chunk waits for `finish`, which knows that it is last. */
  write(buffer: Uint8Array, start: number, end: number, put: (bytes: Buffer) => void): void {
    for (let at = start; at < end;) {
      if (this.#filled === chunkLength) this.#flush(false, put);
      const taken = Math.min(end - at, chunkLength - this.#filled);
      this.#pending.set(buffer.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
    }
  }

  finish(put: (bytes: Buffer) => void): void {
    this.#flush(true, put);
  }

  #flush(final: boolean, put: (bytes: Buffer) => void): void {
    const place = { record: this.#record, index: this.#index, final };
    sealChunk(this.#key, place, this.#pending.subarray(0, this.#filled)).forEach(put);
    this.#index += 1;
    this.#filled = 0;
  }
}

/** What describes the record whose data begin with `number`. Throws SEAL_BROKEN. */
export function openMeta(key: Uint8Array, number: Buffer, sealed: Buffer): Buffer {
  if (number.length < recordNumberLength)
    throw new ScansideError('SEAL_BROKEN', 'a record number is cut off');
  return openChunk(
    key,
    { record: number.readBigUInt64LE(), index: metaIndex, final: true },
    sealed,
  );
}

/**
 * The first `limit` of `length` bytes of data; only the chunks that hold them are read and opened. `read` returns bytes
 * from a position in the sealed data. Throws SEAL_BROKEN.
 */
export function openData(
  key: Uint8Array,
  length: number,
  limit: number,
  read: (position: number, length: number) => Buffer,
): Buffer {
  const record = read(0, recordNumberLength).readBigUInt64LE();
  const opened = Buffer.allocUnsafe(Math.min(limit, length));
  const last = countChunks(length) - 1;
  for (let index = 0; index <= last; index++) {
    const start = index * chunkLength;
    if (index > 0 && start >= opened.length) break;
    const sealed = read(
      recordNumberLength + index * (chunkLength + tagLength),
      Math.min(chunkLength, length - start) + tagLength,
    );
    openChunk(key, { record, index, final: index === last }, sealed).copy(opened, start);
  }
  return opened;
}
