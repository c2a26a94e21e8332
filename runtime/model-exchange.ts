import { ScansideError } from '../device/errors.ts';
import { type Bundle, loadBundle } from '../models/bundle.ts';
import type { ModelHost } from '../ota/agent/model-host.ts';
import { preferred, type Slots } from '../ota/agent/slots.ts';
import type { TrialFacts } from '../ota/agent/trial-watch.ts';
import type { ApplianceOptions } from './appliance.ts';
import type { InferenceEvent, InferenceService } from './inference/inference-service.ts';
import { tryBundle } from './inference/trial.ts';
import type { Storage } from './storage.ts';
import type { Surroundings } from './surroundings.ts';

export interface ModelExchangeParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'log'>;
  storage: Storage;
  surroundings: Surroundings;
  slots: Slots;
  /** What runs: this list is changed in place, so that whoever holds it sees what runs now. */
  bundles: Bundle[];
  inference(): InferenceService;
  isConnected(): boolean;
  /** Told when another model answers. */
  changed(): void;
}

/** The models that answer, and how others take their place: the appliance as the update agent sees it. */
export class ModelExchange implements ModelHost {
  readonly #parts: ModelExchangeParts;
  /** What the device was made with, by name. */
  readonly #factory: ReadonlyMap<string, Bundle>;
  #facts = { crashes: 0, faults: 0, answers: 0 };
  #since = 0;

  /** Puts what updates have brought in the place of what the device was made with, as far as it can be read. */
  constructor(parts: ModelExchangeParts) {
    this.#parts = parts;
    this.#factory = new Map(parts.bundles.map((bundle) => [nameOf(bundle), bundle]));
    for (const bundle of this.#factory.values()) this.#replace(this.#installed(nameOf(bundle)));
    this.#since = parts.options.clock.monotonic();
  }

  /** Something has happened in the engine. */
  observe(event: InferenceEvent['event']): void {
    if (event === 'ended') this.#facts.crashes += 1;
    if (event === 'faulty' || event === 'poisoned') this.#facts.faults += 1;
  }

  /** A model has said something of an exam. */
  concluded(): void {
    this.#facts.answers += 1;
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

  /** No comparison is connected: a model whose signers want one does not pass. */
  shadow(): { because: string } {
    return { because: 'this device cannot compare models yet' };
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
    return undefined;
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
