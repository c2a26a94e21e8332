import { resolve } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import { type Bundle, findBundle, loadBundle } from '../models/bundle.ts';
import type { ModelHost, ShadowStanding } from '../ota/agent/model-host.ts';
import type { ShadowGate } from '../ota/agent/plan.ts';
import { preferred, type Slots } from '../ota/agent/slots.ts';
import type { TrialFacts } from '../ota/agent/trial-watch.ts';
import type { ApplianceOptions } from './appliance.ts';
import { locateImage } from './image-analysis.ts';
import type { InferenceEvent, InferenceService } from './inference/inference-service.ts';
import { tryBundle } from './inference/trial.ts';
import type { QualityStore } from './quality/quality-store.ts';
import { standingOf } from './quality/shadow-standing.ts';
import { ShadowService } from './quality/shadow-service.ts';
import type { Result } from './spool/study-ledger.ts';
import { keyOf } from './spool/segment-reader.ts';
import type { Storage } from './storage.ts';
import type { Surroundings } from './surroundings.ts';

export interface ModelExchangeParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'log' | 'programFolder'>;
  storage: Storage;
  surroundings: Surroundings;
  slots: Slots;
  /** What runs: this list is changed in place, so that whoever holds it sees what runs now. */
  bundles: Bundle[];
  inference(): InferenceService;
  isConnected(): boolean;
  /** What is known of the models; undefined where it cannot be read. */
  quality(): QualityStore | undefined;
  /** Told when another model answers. */
  changed(): void;
}

/** The models that answer, and how others take their place: the appliance as the update agent sees it. */
export class ModelExchange implements ModelHost {
  readonly #parts: ModelExchangeParts;
  /** What the device was made with, by name. */
  readonly #factory: ReadonlyMap<string, Bundle>;
  readonly #shadow: ShadowService;
  #configured: Bundle | undefined;
  #isClosed = false;
  #facts = { crashes: 0, faults: 0, answers: 0 };
  #since = 0;

  /** Puts what updates have brought in the place of what the device was made with, as far as it can be read. */
  constructor(parts: ModelExchangeParts) {
    this.#parts = parts;
    this.#factory = new Map(parts.bundles.map((bundle) => [nameOf(bundle), bundle]));
    for (const bundle of this.#factory.values()) this.#replace(this.#installed(nameOf(bundle)));
    this.#since = parts.options.clock.monotonic();
    this.#shadow = this.#connectShadow();
  }

  /** Something has happened in the engine. */
  observe(event: InferenceEvent['event']): void {
    if (event === 'ended') this.#facts.crashes += 1;
    if (event === 'faulty' || event === 'poisoned') this.#facts.faults += 1;
  }

  /** A model has said something of an exam. */
  concluded(result: Result, bundle: Bundle | undefined): void {
    this.#facts.answers += 1;
    this.#shadow.concluded(result, bundle);
  }

  /** Begins to compare the candidate that the configuration names, once it has proved that it can be. */
  async start(): Promise<void> {
    const { shadow, models } = this.#parts.options.configuration;
    if (!shadow) return;
    try {
      const bundles = resolve(this.#parts.options.programFolder, models.folder);
      const folder = findBundle(bundles, shadow.candidate, this.#parts.options.files);
      const refusal = await this.check(folder);
      if (this.#isClosed) return;
      if (refusal !== undefined) throw new ScansideError('BUNDLE_INVALID', refusal);
      this.#configured = loadBundle(folder, this.#parts.options.files);
      this.#compareConfigured();
    } catch (error) {
      this.#parts.options.log('error', 'candidate unusable', { detail: String(error) });
    }
  }

  /** Compares nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#configured = undefined;
    this.#shadow.end();
  }

  whyNot(group: string): string | undefined {
    if (this.#parts.options.configuration.models.enabled.includes(group)) return undefined;
    return this.#factory.has(group)
      ? 'its version is set by `models.enabled`'
      : 'it is not enabled';
  }

  running(group: string): Bundle | undefined {
    return this.#parts.bundles.find((bundle) => nameOf(bundle) === group);
  }

  whyQuiet(): string | undefined {
    const { budget, queued } = this.#parts.inference().view();
    return budget ?? (queued > 0 ? 'images wait for AI' : undefined);
  }

  whyBusy(): string | undefined {
    const { isConnected, storage } = this.#parts;
    if (isConnected()) return 'a scanner is connected';
    return storage.studies.unfinished().length > 0 ? 'an exam is on its way' : undefined;
  }

  async check(folder: string): Promise<string | undefined> {
    const trial = await tryBundle(folder, this.#parts.options.clock);
    return trial.accepted ? undefined : trial.why;
  }

  build(folder: string): Promise<string | undefined> {
    return this.#with(folder, (bundle) => this.#parts.inference().prepare(bundle));
  }

  test(folder: string): Promise<string | undefined> {
    return this.#with(folder, (bundle) => this.#parts.inference().rehearse(bundle));
  }

  shadow(group: string, folder: string, gate: ShadowGate): ShadowStanding {
    const { options } = this.#parts;
    const active = this.running(group)!;
    const known = this.#shadow.candidate;
    const candidate = known?.folder === folder ? known : loadBundle(folder, options.files);
    this.#shadow.begin(active, candidate, gate);
    return standingOf(this.#shadow.standing());
  }

  endShadow(): void {
    const { candidate } = this.#shadow;
    if (candidate !== this.#configured) this.#shadow.end();
    this.#compareConfigured();
  }

  activate(group: string, folder: string | undefined): Promise<string | undefined> {
    const factory = this.#factory.get(group);
    if (folder === undefined) return this.#exchange(factory!);
    return this.#with(folder, (bundle) => this.#exchange(bundle));
  }

  trial(group: string): TrialFacts {
    const { options, inference } = this.#parts;
    const running = this.running(group);
    const isRefused = running && inference().engine.status().refused.has(running.hash);
    const ms = options.clock.monotonic() - this.#since;
    return { ...this.#facts, ms, crashes: isRefused ? Infinity : this.#facts.crashes };
  }

  hold(reason: string): () => void {
    return this.#parts.surroundings.hold(reason);
  }

  async #exchange(bundle: Bundle): Promise<string | undefined> {
    const { bundles, inference, options, changed } = this.#parts;
    if (this.running(nameOf(bundle)) === bundle) return undefined;
    const after = bundles.map((each) => (nameOf(each) === nameOf(bundle) ? bundle : each));
    const refusal = await inference().exchange(after);
    if (refusal !== undefined) return refusal;
    this.#replace(bundle);
    this.#facts = { crashes: 0, faults: 0, answers: 0 };
    this.#since = options.clock.monotonic();
    options.log('info', 'model exchanged', { ...bundle.manifest.identity });
    changed();
    this.#compareConfigured();
    return undefined;
  }

  /** What an update compares goes first. */
  #compareConfigured(): void {
    const candidate = this.#configured;
    const active = candidate && this.running(nameOf(candidate));
    const { shadow = {} } = this.#parts.options.configuration;
    const isFree = this.#shadow.candidate === undefined || this.#shadow.candidate === candidate;
    if (active && isFree && active.hash !== candidate.hash)
      this.#shadow.begin(active, candidate, shadow);
  }

  #connectShadow(): ShadowService {
    const { options, storage, inference, quality } = this.#parts;
    const { clock, files, log } = options;
    return new ShadowService({
      clock,
      log,
      storage,
      store: quality,
      engine: () => inference().shadow,
      locate: (instance) => locateImage(instance, (path) => keyOf(files, path, storage.keys)),
    });
  }

  #replace(bundle: Bundle | undefined): void {
    const { bundles } = this.#parts;
    const at = bundles.findIndex((each) => bundle && nameOf(each) === nameOf(bundle));
    if (bundle && at >= 0) bundles[at] = bundle;
  }

  /** The first release of a model in the slots that can be read and is the one that it is taken for. */
  #installed(group: string): Bundle | undefined {
    const { slots, options } = this.#parts;
    if (this.whyNot(group) !== undefined) return undefined;
    for (const release of preferred(slots.read()[group]))
      try {
        const bundle = loadBundle(slots.folderOf(release), options.files);
        if (bundle.hash === release && nameOf(bundle) === group) return bundle;
      } catch (error) {
        options.log('error', 'installed model unusable', { detail: String(error) });
      }
    return undefined;
  }

  async #with(
    folder: string,
    use: (bundle: Bundle) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    try {
      return await use(loadBundle(folder, this.#parts.options.files));
    } catch (error) {
      if (error instanceof ScansideError) return error.message;
      throw error;
    }
  }
}

function nameOf({ manifest }: Bundle): string {
  return manifest.identity.name;
}
