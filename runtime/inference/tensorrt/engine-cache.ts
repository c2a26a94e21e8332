import { createHash, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import type { Keys } from '../../../device/keys.ts';
import { canonicalJson } from '../../../models/canonical-json.ts';
import type { StoredEngine } from '../session/placement.ts';

/**
 * Compiled graphs on the disk. One is executable content: TensorRT believes what it loads. So each carries the
 * device's authentication code over its own hash and the key it was built for,
 *
 *     header, one line of JSON, padded with spaces to 512 bytes | artefact
 *
 * and whoever opens it is told the hash that was proven, and opens only bytes that have it.
 */
export interface EngineCache {
  /** The artefact of a key; undefined where there is none. Throws ENGINE_CACHE_REFUSED, and removes what it refuses. */
  find(key: string): StoredEngine | undefined;
  /** Keeps an artefact, durably, and reads it back. Throws ENGINE_BUILD_FAILED where it is too large to be kept. */
  store(key: string, artefact: Uint8Array): StoredEngine;
  remove(key: string): void;
  /** Removes everything but the artefacts of these keys. */
  sweep(keys: ReadonlySet<string>): void;
}

export interface EngineCacheLimits {
  /** Bytes of one artefact. */
  largest: number;
  /** Bytes of all. */
  total: number;
}

const usualLimits: EngineCacheLimits = { largest: 512 << 20, total: 2 * 2 ** 30 };
const headerLength = 512;
const suffix = '.engine';
const hex = z.string().regex(/^[0-9a-f]{64}$/);

const headerSchema = z.strictObject({
  /** What it was built for: see engineKey. */
  key: hex,
  /** Whose authentication code it is. */
  device: hex,
  length: z.int().positive(),
  sha256: hex,
  /** HMAC-SHA-256 over all of the above. */
  code: hex,
});

type Header = z.infer<typeof headerSchema>;
type Claims = Omit<Header, 'code'>;

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function codeOf(keys: Keys, { key, device, length, sha256 }: Claims): string {
  return keys.derive('compiled engine', canonicalJson({ key, device, length, sha256 }));
}

function deviceOf(keys: Keys): string {
  return keys.derive('compiled engine', 'device');
}

function seal(keys: Keys, key: string, artefact: Uint8Array): Buffer {
  const length = artefact.length;
  const claims = { key, device: deviceOf(keys), length, sha256: sha256Of(artefact) };
  const header = canonicalJson({ ...claims, code: codeOf(keys, claims) });
  return Buffer.concat([Buffer.from(`${header.padEnd(headerLength - 1)}\n`), artefact]);
}

function parseHeader(bytes: Uint8Array): Header | undefined {
  try {
    return headerSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Why the bytes under the name of `key` are not what this device stored there; undefined where they are. */
function findFault(keys: Keys, key: string, bytes: Buffer): string | undefined {
  const header = parseHeader(bytes.subarray(0, headerLength));
  if (!header) return 'it has no header';
  const artefact = bytes.subarray(headerLength);
  if (header.device !== deviceOf(keys)) return 'another device made it';
  if (header.key !== key) return 'it was built from another graph or for another machine';
  if (artefact.length < header.length) return 'it is cut off';
  if (artefact.length > header.length || sha256Of(artefact) !== header.sha256)
    return 'it is not as it was written';
  const code = Buffer.from(codeOf(keys, header));
  return timingSafeEqual(code, Buffer.from(header.code))
    ? undefined
    : 'its authentication code is not this device’s';
}

function refusal(path: string, why: string): ScansideError {
  return new ScansideError('ENGINE_CACHE_REFUSED', `${path}: ${why}`);
}

/** Throws a sentence where it is no plain file or larger than `largest`. */
function readWithin(files: Files, path: string, largest: number): Buffer {
  if (!files.isPlainFile(path)) throw new Error('it is no plain file');
  const fd = files.openToRead(path);
  try {
    const size = files.size(fd);
    if (size > largest) throw new Error(`it has ${size} bytes`);
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, files.read(fd, bytes, 0));
  } finally {
    files.close(fd);
  }
}

class FolderCache implements EngineCache {
  readonly #folder: string;
  readonly #keys: Keys;
  readonly #files: Files;
  readonly #limits: EngineCacheLimits;

  constructor(folder: string, keys: Keys, files: Files, limits: EngineCacheLimits) {
    this.#folder = folder;
    this.#keys = keys;
    this.#files = files;
    this.#limits = limits;
    files.makeFolder(folder);
  }

  find(key: string): StoredEngine | undefined {
    const path = this.#pathOf(key);
    if (!this.#files.exists(path)) return undefined;
    try {
      return this.#read(key, path);
    } catch (cause) {
      this.remove(key);
      throw refusal(path, cause instanceof Error ? cause.message : String(cause));
    }
  }

  store(key: string, artefact: Uint8Array): StoredEngine {
    this.#makeRoom(key, artefact.length);
    this.#files.replace(this.#pathOf(key), seal(this.#keys, key, artefact));
    const stored = this.find(key);
    if (stored?.sha256 !== sha256Of(artefact))
      throw refusal(this.#pathOf(key), 'it cannot be read back');
    return stored;
  }

  /** Whatever has the name, a link or a folder as well. */
  remove(key: string): void {
    this.#files.removeFolder(this.#pathOf(key));
  }

  sweep(keys: ReadonlySet<string>): void {
    const wanted = new Set([...keys].map((key) => `${key}${suffix}`));
    for (const name of this.#files.list(this.#folder))
      if (!wanted.has(name)) this.#files.removeFolder(join(this.#folder, name));
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${key}${suffix}`);
  }

  #read(key: string, path: string): StoredEngine {
    const bytes = readWithin(this.#files, path, headerLength + this.#limits.largest);
    const fault = findFault(this.#keys, key, bytes);
    if (fault !== undefined) throw new Error(fault);
    const length = bytes.length - headerLength;
    const sha256 = sha256Of(bytes.subarray(headerLength));
    return { path, offset: headerLength, length, sha256 };
  }

  #makeRoom(key: string, length: number): void {
    const { largest, total } = this.#limits;
    const others = this.#files
      .list(this.#folder)
      .filter((name) => name !== `${key}${suffix}`)
      .reduce((sum, name) => sum + this.#sizeOf(name), 0);
    if (length > largest || others + length > total)
      throw new ScansideError(
        'ENGINE_BUILD_FAILED',
        `the compiled graph has ${length} bytes, beside ${others} of others`,
      );
  }

  #sizeOf(name: string): number {
    const path = join(this.#folder, name);
    if (!this.#files.isPlainFile(path)) return 0;
    const fd = this.#files.openToRead(path);
    try {
      return this.#files.size(fd);
    } finally {
      this.#files.close(fd);
    }
  }
}

/** Opens the folder of compiled graphs, made where it is missing. */
export function openEngineCache(
  folder: string,
  keys: Keys,
  files: Files,
  limits = usualLimits,
): EngineCache {
  return new FolderCache(folder, keys, files, limits);
}

/**
 * The bytes of a compiled graph, for the process that opens it: those and no others, whatever has become of the file
 * since it was proven. Throws ENGINE_CACHE_REFUSED.
 */
export function readEngine({ path, offset, length, sha256 }: StoredEngine, files: Files): Buffer {
  try {
    const artefact = readWithin(files, path, offset + length).subarray(offset);
    if (sha256Of(artefact) === sha256) return artefact;
  } catch (cause) {
    throw refusal(path, cause instanceof Error ? cause.message : String(cause));
  }
  throw refusal(path, 'it has changed since it was proven');
}
