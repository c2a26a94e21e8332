import type { Bundle } from '../../models/bundle.ts';
import type { EngineEvent } from './engine.ts';
import type { EngineChild, Exchange } from './engine-child.ts';
import type { EngineLanes, ServedBundle } from './engine-lanes.ts';
import type { Supervisor } from './engine-supervisor.ts';
import { onProcessor, type Placement } from './session/placement.ts';

/** Milliseconds to load a bundle and pass its self-test. */
const loadLimitMs = 60_000;
/** Ends in a row after which it is no accident. */
const endsThatRefuse = 5;

type LoadFailure = { end: 'refused'; detail: string } | Exclude<Exchange, { end: 'reply' }>;

export interface LoadingOptions {
  lanes: EngineLanes;
  supervisor: Supervisor;
  log(event: EngineEvent): void;
  /** The accelerator does not take what was compiled for it. */
  acceleratorRefused(bundle: Bundle, why: string): void;
}

/** Gets bundles into the engine process: when they are asked for, before that, and in place of others. */
export class EngineLoading {
  readonly #options: LoadingOptions;
  /** By hash: ends in a row of a process that was loading the bundle. */
  readonly #ends = new Map<string, number>();

  constructor(options: LoadingOptions) {
    this.#options = options;
  }

  /** What is served and not yet loaded, nor refused. */
  next({ loaded, refused }: EngineChild): Bundle | undefined {
    const { served } = this.#options.lanes;
    return served.find(({ bundle: { hash } }) => !loaded.has(hash) && !refused.has(hash))?.bundle;
  }

  /**
   * What `load` does, for jobs. A bundle that ends every process is not loaded for them any more: they are answered, and
   * it is tried again when nothing waits.
   */
  async loadForJobs(bundle: Bundle, child: EngineChild): Promise<Exchange | undefined> {
    const ends = this.#ends.get(bundle.hash) ?? 0;
    if (ends < endsThatRefuse || child.loaded.has(bundle.hash)) return this.load(bundle, child);
    return refusedReply(`the engine process has ended ${ends} times while it loaded the bundle`);
  }

  /**
   * Undefined where the child has the bundle then. What an accelerator refuses runs on the processor; what the processor
   * refuses this child is not asked again.
   */
  async load(bundle: Bundle, child: EngineChild): Promise<Exchange | undefined> {
    if (child.loaded.has(bundle.hash)) return undefined;
    const known = child.refused.get(bundle.hash);
    if (known !== undefined) return refusedReply(known);
    const placement = this.#options.lanes.placementOf(bundle);
    const failure = await loadInto(child, bundle, placement);
    this.#count(bundle, failure);
    if (!failure) return this.#tell(bundle, placement);
    const detail = this.#tellRefused(bundle, placement, failure);
    const again = this.#fallBack(bundle, placement, child, detail);
    if (failure.end !== 'refused') return failure;
    if (again) return this.load(bundle, child);
    return refusedReply(detail);
  }

  /** Has a process of their own load bundles. Returns it, or why they cannot be served. */
  async prepare(served: readonly ServedBundle[]): Promise<EngineChild | string> {
    const child = this.#options.supervisor.spawn(served);
    for (const { bundle, placement } of served) {
      const failure = await loadInto(child, bundle, placement);
      if (!failure) continue;
      child.kill('what it was to serve was refused');
      return this.#tellRefused(bundle, placement, failure);
    }
    return child;
  }

  /** Puts what `prepare` gave in the place of the process that serves, which nobody is asking anything. */
  replace(child: EngineChild, served: readonly ServedBundle[]): void {
    const { lanes, supervisor } = this.#options;
    lanes.serve(served);
    for (const { bundle, placement } of served) this.#tell(bundle, placement);
    supervisor.replace(child, 'other bundles are served, or elsewhere');
  }

  #count({ hash }: Bundle, failure: LoadFailure | undefined): void {
    const answered = !failure || failure.end === 'refused';
    if (answered) this.#options.supervisor.answered();
    if (answered) this.#ends.delete(hash);
    else this.#ends.set(hash, (this.#ends.get(hash) ?? 0) + 1);
  }

  #tell(bundle: Bundle, { provider, because }: Placement): undefined {
    this.#options.log({ event: 'serving', bundle: labelOf(bundle), on: provider, because });
  }

  #tellRefused(bundle: Bundle, { provider }: Placement, failure: LoadFailure): string {
    const detail = failure.end === 'refused' ? failure.detail : failures[failure.end];
    this.#options.log({ event: 'refused', bundle: labelOf(bundle), detail });
    if (provider === 'tensorrt') this.#options.acceleratorRefused(bundle, detail);
    return detail;
  }

  /** Whether there is anything else to try. */
  #fallBack(bundle: Bundle, placement: Placement, child: EngineChild, detail: string): boolean {
    const { runtime, provider } = placement;
    if (runtime === onProcessor.runtime && provider === onProcessor.provider) return false;
    this.#options.lanes.fallBack(bundle, `what is configured has failed: ${detail}`);
    child.refused.delete(bundle.hash);
    return true;
  }
}

const failures = {
  died: 'the engine process ended while it loaded the bundle',
  timeout: 'the engine process did not load the bundle in time',
};

/** What a child would answer that had refused a bundle. */
export function refusedReply(detail: string): Exchange {
  return { end: 'reply', reply: { reply: 'refused', detail, resident: 0, highest: 0 } };
}

/** Undefined where the child has the bundle now; else how the attempt ended. */
export async function loadInto(
  child: EngineChild,
  { folder, hash, manifest }: Bundle,
  placement: Placement,
  limitMs = loadLimitMs,
): Promise<LoadFailure | undefined> {
  const exchange = await child.exchange({ ask: 'load', folder, hash, placement }, limitMs);
  if (exchange.end !== 'reply') return exchange;
  const { reply } = exchange;
  if (reply.reply === 'loaded') {
    child.loaded.set(hash, manifest.limits.peakMegabytes);
    return undefined;
  }
  const detail = reply.reply === 'refused' ? reply.detail : 'the engine gave no answer to it';
  child.refused.set(hash, detail);
  return { end: 'refused', detail };
}

function labelOf({ manifest: { identity } }: Bundle): string {
  return `${identity.name} ${identity.version}`;
}
