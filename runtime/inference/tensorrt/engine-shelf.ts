import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import type { Bundle } from '../../../models/bundle.ts';
import { graphFile } from '../../../models/manifest.ts';
import type { StoredEngine } from '../session/placement.ts';
import type { Accelerator } from './accelerator.ts';
import { type BuiltEngine, timingsFolder } from './compiler-message.ts';
import { type EngineCache, readEngine } from './engine-cache.ts';
import { engineKey } from './engine-key.ts';
import { buildOptions, type TensorrtOptions } from './options.ts';

/** The compiled graphs of bundles, and TensorRT's timings, in the engine cache: which key is whose. */
export class EngineShelf {
  readonly #cache: EngineCache;
  readonly #files: Files;
  readonly #workspaceMegabytes: number;

  constructor(cache: EngineCache, files: Files, workspaceMegabytes: number) {
    this.#cache = cache;
    this.#files = files;
    this.#workspaceMegabytes = workspaceMegabytes;
  }

  optionsOf({ manifest }: Bundle, accelerator: Accelerator): TensorrtOptions {
    return buildOptions(manifest, accelerator, this.#workspaceMegabytes);
  }

  /** All members' compiled graphs, or none; and what was refused and removed on the way. */
  find(bundle: Bundle, accelerator: Accelerator): { engines?: StoredEngine[]; refused?: string } {
    const found: (StoredEngine | undefined)[] = [];
    const refused: string[] = [];
    for (const key of this.#keysOf(bundle, accelerator)) {
      try {
        found.push(this.#cache.find(key));
      } catch (error) {
        refused.push(messageOf(error));
      }
    }
    if (refused.length > 0) return { refused: refused.join('; ') };
    const engines = found.filter((engine) => engine !== undefined);
    return engines.length === found.length ? { engines } : {};
  }

  /**
   * Keeps what was built for each member. Only bytes that the compiler process tested are taken: throws
   * ENGINE_BUILD_FAILED for others, or where there is no room.
   */
  store(bundle: Bundle, accelerator: Accelerator, built: readonly BuiltEngine[]): StoredEngine[] {
    const keys = this.#keysOf(bundle, accelerator);
    if (built.length !== keys.length)
      throw new ScansideError('ENGINE_BUILD_FAILED', `${built.length} of ${keys.length} members`);
    return keys.map((key, at) => {
      const { path, length, sha256 } = built[at]!;
      const artefact = readEngine({ path, offset: 0, length, sha256 }, this.#files);
      return this.#cache.store(key, artefact);
    });
  }

  remove(bundle: Bundle, accelerator: Accelerator): void {
    for (const key of this.#keysOf(bundle, accelerator)) this.#cache.remove(key);
  }

  sweep(bundles: readonly Bundle[], accelerator: Accelerator): void {
    const keys = bundles.flatMap((bundle) => this.#keysOf(bundle, accelerator));
    this.#cache.sweep(new Set([...keys, timingsKey(accelerator)]));
  }

  /** Puts the timings of earlier builds where the next one looks for them. TensorRT reads them: they too are proven. */
  lendTimings(accelerator: Accelerator, scratch: string): void {
    const folder = join(scratch, timingsFolder);
    this.#files.makeFolder(folder);
    withoutTimings(() => {
      const kept = this.#cache.find(timingsKey(accelerator));
      if (!kept) return;
      this.#files.replace(join(folder, timingsFile(accelerator)), readEngine(kept, this.#files));
    });
  }

  keepTimings(accelerator: Accelerator, scratch: string): void {
    const path = join(scratch, timingsFolder, timingsFile(accelerator));
    if (!this.#files.isPlainFile(path)) return;
    withoutTimings(() => this.#cache.store(timingsKey(accelerator), this.#files.readBytes(path)));
  }

  #keysOf(bundle: Bundle, accelerator: Accelerator): string[] {
    const { manifest } = bundle;
    const options = this.optionsOf(bundle, accelerator);
    return manifest.network.members.map((_, at) => {
      const listed = manifest.files[graphFile(manifest, at, 'tensorrt')];
      return engineKey(listed?.sha256 ?? '', accelerator, options);
    });
  }
}

/** Where they are refused, or there is no room for them, the next build takes longer and nothing else. */
function withoutTimings(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function timingsKey(accelerator: Accelerator): string {
  const named = createHash('sha256').update('timings').digest('hex');
  return engineKey(named, accelerator, {});
}

/** As ONNX Runtime names the file: `…_sm87.timing` for compute capability 8.7. */
function timingsFile({ computeCapability }: Accelerator): string {
  return `TensorrtExecutionProvider_cache_sm${computeCapability.replace('.', '')}.timing`;
}
