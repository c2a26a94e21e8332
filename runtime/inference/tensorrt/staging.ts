import { join } from 'node:path';
import type { Clock } from '../../../device/clock.ts';
import type { Files } from '../../../device/files.ts';
import type { Keys } from '../../../device/keys.ts';
import { endOrphan, noteOwner } from '../../../device/orphan.ts';
import type { Bundle } from '../../../models/bundle.ts';
import type { Placement } from '../session/placement.ts';
import type { Probe } from './accelerator.ts';
import { type Compilation, type CompilerLimits, startCompilation } from './compiler.ts';
import type { BuiltEngine, CompileJob } from './compiler-message.ts';
import { type EngineCacheLimits, openEngineCache } from './engine-cache.ts';
import { EngineShelf } from './engine-shelf.ts';
import { decideServing, type EngineState, type Serving } from './serving.ts';

/** What staging tells the log and the panel. `bundle` is its name and version. */
export type StagingEvent =
  /** A compiled graph is not offered: poisoned, cut off, another network's or another device's. It is built anew. */
  | { event: 'engine-refused'; bundle: string; failure: string }
  | { event: 'build-started'; bundle: string; members: number; pid: number | undefined }
  /** Seconds at work. The member after the last one is the self-test of all. */
  | { event: 'build-progress'; bundle: string; member: number; members: number; seconds: number }
  | { event: 'build-paused'; because: string }
  | { event: 'build-resumed' }
  | { event: 'build-failed'; bundle: string; failure: string }
  /** Every member is built and the golden cases came out right on what was built. */
  | { event: 'engine-ready'; bundle: string };

/** Compiles bundles for the accelerator, one at a time, in a process of its own; never on the way of an image. */
export interface Staging {
  /** Where the bundle runs now: on TensorRT where every member's compiled graph is there and genuine, else on the CPU. */
  placementOf(bundle: Bundle): Placement;
  /** Builds what is missing, after the bundles asked for before. Resolves with what serves then; never rejects. */
  stage(bundle: Bundle): Promise<Placement>;
  /**
   * What was compiled cannot be opened or run after all: it is removed, and built again by the next `stage`; where that
   * happens a second time, the bundle stays on the CPU.
   */
  reject(bundle: Bundle, why: string): void;
  /** Heat or waiting images: nothing is begun, and what is being built stands still, until `resume`. */
  pause(because: string): void;
  resume(): void;
  /** Removes what was compiled for none of these bundles on this machine as it is now. */
  sweep(bundles: readonly Bundle[]): void;
  /** Ends what is being built. */
  close(): Promise<void>;
}

export interface StagingOptions {
  /** Folder of the accelerator's files. */
  folder: string;
  keys: Keys;
  files: Files;
  clock: Clock;
  probe: Probe;
  /** The libonnxruntime that was probed. */
  library: string;
  /** What serves a bundle that is not on TensorRT. */
  processor: Placement;
  log?: (event: StagingEvent) => void;
  /** Of a build's GPU memory. */
  workspaceMegabytes?: number;
  compilerLimits?: CompilerLimits;
  cacheLimits?: EngineCacheLimits;
  program?: string;
}

interface Standing {
  state: EngineState;
  why: string;
  engines?: Placement['engines'];
  /** How often what was compiled could not be used. */
  rejections: number;
}

/** How often what was compiled may turn out useless before the bundle is left to the CPU. */
const mostRejections = 2;

function labelOf({ manifest: { identity } }: Bundle): string {
  return `${identity.name}@${identity.version}`;
}

class ProcessStaging implements Staging {
  readonly #options: StagingOptions;
  readonly #log: (event: StagingEvent) => void;
  readonly #shelf: EngineShelf;
  readonly #standings = new Map<string, Standing>();
  #tail: Promise<void> = Promise.resolve();
  #running: Compilation | undefined;
  #held = false;
  #release: () => void = () => undefined;
  #closed = false;

  constructor(options: StagingOptions) {
    const { folder, keys, files, cacheLimits, workspaceMegabytes = 1024 } = options;
    this.#options = options;
    this.#log = options.log ?? (() => undefined);
    const cache = openEngineCache(join(folder, 'engines'), keys, files, cacheLimits);
    this.#shelf = new EngineShelf(cache, files, workspaceMegabytes);
  }

  placementOf(bundle: Bundle): Placement {
    const { provider, because } = this.#decide(bundle);
    const { library, processor } = this.#options;
    if (provider === 'cpu') return { ...processor, because };
    const { engines } = this.#standingOf(bundle);
    return { runtime: 'ort-capi', library, provider, engines, threads: 1, because };
  }

  stage(bundle: Bundle): Promise<Placement> {
    this.#tail = this.#tail.then(() => this.#stage(bundle));
    return this.#tail.then(() => this.placementOf(bundle));
  }

  reject(bundle: Bundle, why: string): void {
    const { probe } = this.#options;
    const rejections = this.#standingOf(bundle).rejections + 1;
    if (probe.provider === 'tensorrt') this.#shelf.remove(bundle, probe.accelerator);
    const state = rejections < mostRejections ? 'missing' : 'failed';
    this.#standings.set(bundle.hash, { state, why, rejections });
    this.#log({ event: 'engine-refused', bundle: labelOf(bundle), failure: why });
  }

  pause(because: string): void {
    if (this.#held) return;
    this.#held = true;
    this.#running?.pause();
    this.#log({ event: 'build-paused', because });
  }

  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#running?.resume();
    this.#release();
    this.#log({ event: 'build-resumed' });
  }

  sweep(bundles: readonly Bundle[]): void {
    const { probe } = this.#options;
    // Without an accelerator nothing is known of what is there: it may be this boot's fault alone.
    if (probe.provider === 'tensorrt') this.#shelf.sweep(bundles, probe.accelerator);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.cancel();
    this.#release();
    await this.#tail;
  }

  #decide(bundle: Bundle): Serving {
    const { probe } = this.#options;
    if (probe.provider === 'cpu') return decideServing(probe, 'missing', '');
    const { state, why } = this.#standingOf(bundle);
    return decideServing(probe, state, why);
  }

  #standingOf(bundle: Bundle): Standing {
    const known = this.#standings.get(bundle.hash);
    if (known) return known;
    const standing = { ...this.#look(bundle), rejections: 0 };
    this.#standings.set(bundle.hash, standing);
    return standing;
  }

  #look(bundle: Bundle): Omit<Standing, 'rejections'> {
    const { probe } = this.#options;
    if (probe.provider === 'cpu') return { state: 'missing', why: probe.because };
    const { engines, refused } = this.#shelf.find(bundle, probe.accelerator);
    if (refused) this.#log({ event: 'engine-refused', bundle: labelOf(bundle), failure: refused });
    if (engines) return { state: 'ready', why: probe.because, engines };
    return { state: 'missing', why: refused ?? 'there is no compiled graph for this machine' };
  }

  async #stage(bundle: Bundle): Promise<void> {
    if (this.#closed || !this.#decide(bundle).build) return;
    if (this.#held) {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
      await this.#stage(bundle);
      return;
    }
    await this.#build(bundle);
  }

  async #build(bundle: Bundle): Promise<void> {
    const { files, folder } = this.#options;
    const { rejections } = this.#standingOf(bundle);
    const scratch = join(folder, 'scratch');
    this.#standings.set(bundle.hash, { state: 'building', why: 'it began', rejections });
    try {
      const engines = await this.#compile(bundle, scratch);
      this.#standings.set(bundle.hash, {
        state: 'ready',
        why: this.#options.probe.because,
        engines,
        rejections,
      });
      this.#log({ event: 'engine-ready', bundle: labelOf(bundle) });
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.#standings.set(bundle.hash, { state: 'failed', why: failure, rejections });
      this.#log({ event: 'build-failed', bundle: labelOf(bundle), failure });
    } finally {
      files.removeFolder(scratch);
    }
  }

  /** Throws a sentence where nothing is built, and what the cache throws. */
  async #compile(bundle: Bundle, scratch: string): Promise<Placement['engines']> {
    const { probe, library, processor } = this.#options;
    if (probe.provider === 'cpu') throw new Error(probe.because);
    this.#shelf.lendTimings(probe.accelerator, scratch);
    const placement: Placement = { ...processor, runtime: 'ort-capi', library, threads: 1 };
    const options = this.#shelf.optionsOf(bundle, probe.accelerator);
    const { folder, hash } = bundle;
    const built = await this.#run(bundle, { folder, hash, placement, options, scratch });
    const engines = this.#shelf.store(bundle, probe.accelerator, built);
    this.#shelf.keepTimings(probe.accelerator, scratch);
    return engines;
  }

  async #run(bundle: Bundle, job: CompileJob): Promise<BuiltEngine[]> {
    const { clock, files, folder, compilerLimits: limits, program } = this.#options;
    const [label, members] = [labelOf(bundle), bundle.manifest.network.members.length];
    this.#running = startCompilation(job, {
      clock,
      files,
      ...(limits && { limits }),
      ...(program && { program }),
      onProgress: (progress) =>
        this.#log({ event: 'build-progress', bundle: label, members, ...progress }),
    });
    const { pid } = this.#running;
    if (pid !== undefined) noteOwner(files, ownerPath(folder), pid);
    this.#log({ event: 'build-started', bundle: label, members, pid });
    const compiled = await this.#running.done;
    this.#running = undefined;
    files.remove(ownerPath(folder));
    if ('failure' in compiled) throw new Error(compiled.failure);
    return compiled.built;
  }
}

/** Where the compiler process of a run is noted, so that the next run ends one that stood still. */
function ownerPath(folder: string): string {
  return join(folder, 'compiler.pid');
}

/** Takes over the folder of compiled graphs, after ending a compiler process that an earlier run left behind. */
export async function openStaging(options: StagingOptions): Promise<Staging> {
  const { files, clock, folder } = options;
  files.makeFolder(folder);
  await endOrphan(files, clock, ownerPath(folder), 'compiler-process');
  files.remove(ownerPath(folder));
  files.removeFolder(join(folder, 'scratch'));
  return new ProcessStaging(options);
}
