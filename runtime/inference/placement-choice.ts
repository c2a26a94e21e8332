import type { Clock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { ServedBundle } from './engine.ts';
import type { KserveSettings } from './kserve/settings.ts';
import { onProcessor, type Placement } from './session/placement.ts';
import { probeAccelerator } from './tensorrt/probe.ts';
import { openStaging, type Staging, type StagingEvent } from './tensorrt/staging.ts';

/** The site's wishes; see docs/configuration.md, `inference`. */
export interface InferenceSettings {
  engine: 'auto' | 'onnxruntime-node' | 'ort-capi';
  library?: string | undefined;
  threads: number;
  accelerator: 'auto' | 'none';
  /** An inference server in place of an accelerator of this machine. */
  server?: KserveSettings | undefined;
}

export interface PlacementOptions {
  settings: InferenceSettings;
  bundles: readonly Bundle[];
  /** Of what is compiled and proved on this machine. */
  folder: string;
  keys: Keys;
  files: Files;
  clock: Clock;
  log(event: StagingEvent): void;
  /** Serves all bundles so; resolves with why that cannot be, or undefined. */
  serve(served: ServedBundle[]): Promise<string | undefined>;
}

/** Why no accelerator is looked for; undefined where one is. */
function whyNone({ engine, library, accelerator, server }: InferenceSettings): string | undefined {
  if (server) return `networks run on ${server.url}, and here while that fails`;
  if (accelerator === 'none') return 'the configuration wants no accelerator';
  if (engine === 'onnxruntime-node') return 'the Node binding of ONNX Runtime reaches none';
  return library === undefined ? 'no library for an accelerator is configured' : undefined;
}

/** What serves until an accelerator is proved, and wherever none is. */
export function processorPlacement(settings: InferenceSettings): Placement {
  const { engine, library, threads, server } = settings;
  const because = whyNone(settings) ?? 'an accelerator is being looked for';
  if (server) return { runtime: 'kserve', provider: 'cpu', server, threads, because };
  if (engine !== 'ort-capi') return { ...onProcessor, threads, because };
  return { runtime: 'ort-capi', library, provider: 'cpu', threads, because };
}

/** Finds out where bundles run best, on the side: the processor serves meanwhile. */
export class PlacementChoice {
  readonly #options: PlacementOptions;
  #bundles: readonly Bundle[];
  #staging: Staging | undefined;
  #isAccelerated = false;
  #closed = false;

  constructor(options: PlacementOptions) {
    this.#options = options;
    this.#bundles = options.bundles;
  }

  /** Tries the accelerator, and moves each bundle to it once what was compiled for it has passed its self-test. */
  async start(): Promise<void> {
    const { settings } = this.#options;
    const tools = this.#options;
    const { library } = settings;
    if (whyNone(settings) !== undefined || library === undefined) return;
    const probe = await probeAccelerator({ ...tools, library });
    if (this.#closed) return;
    const processor = processorPlacement(settings);
    this.#staging = await openStaging({ ...tools, library, probe, processor });
    if (this.#closed) return this.#staging.close();
    await this.#serve();
    this.#isAccelerated = probe.provider !== 'cpu';
    if (!this.#isAccelerated) return;
    for (const bundle of this.#bundles) await this.#stage(bundle);
    if (!this.#closed) this.#staging.sweep(this.#bundles);
  }

  /** Where a bundle runs, or would run if it served. */
  placementOf(bundle: Bundle): Placement {
    return this.#staging?.placementOf(bundle) ?? processorPlacement(this.#options.settings);
  }

  /** Compiles a bundle that does not serve yet. Resolves with why it cannot run where the others do, or undefined. */
  async prepare(bundle: Bundle): Promise<string | undefined> {
    if (!this.#isAccelerated || !this.#staging) return undefined;
    const { provider, because } = await this.#staging.stage(bundle);
    return provider === 'cpu' ? because : undefined;
  }

  /** Has other bundles serve. Resolves with why that cannot be, or undefined; those before serve on then. */
  async exchange(bundles: readonly Bundle[]): Promise<string | undefined> {
    const before = this.#bundles;
    this.#bundles = bundles;
    const refusal = await this.#options.serve(this.#served());
    if (refusal !== undefined) this.#bundles = before;
    return refusal;
  }

  /** Heat, or images that wait: nothing is compiled meanwhile. */
  pause(because: string | undefined): void {
    if (because === undefined) this.#staging?.resume();
    else this.#staging?.pause(because);
  }

  /** What was compiled could not be used after all. It is compiled once more. */
  reject(bundle: Bundle, why: string): void {
    this.#staging?.reject(bundle, why);
    void this.#stage(bundle);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#staging?.close();
  }

  async #stage(bundle: Bundle): Promise<void> {
    const before = this.#staging?.placementOf(bundle).provider;
    await this.#staging?.stage(bundle);
    if (this.#staging?.placementOf(bundle).provider !== before) await this.#serve();
  }

  async #serve(): Promise<void> {
    if (this.#staging && !this.#closed) await this.#options.serve(this.#served());
  }

  #served(): ServedBundle[] {
    return this.#bundles.map((bundle) => ({ bundle, placement: this.placementOf(bundle) }));
  }
}
