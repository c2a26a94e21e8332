import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Bundle } from '../../models/bundle.ts';
import { type FallbackEvent, type FallbackState, nextFallback } from '../../quality/fallback.ts';
import { beginTrust, type Cause, type Move, moveTrust, type Trust } from '../../quality/trust.ts';
import type { ApplianceOptions } from '../appliance.ts';
import type { BundleSwitch } from './bundle-switch.ts';
import type { ModelWatch } from './model-watch.ts';
import type { QualityStore } from './quality-store.ts';

export interface ModelTrustParts {
  clock: Clock;
  log: ApplianceOptions['log'];
  store: QualityStore;
  /** What runs; changed in place when it is exchanged. */
  bundles: readonly Bundle[];
  models: BundleSwitch;
  /** Watches a bundle. */
  watch(bundle: Bundle): ModelWatch;
  /** Told of every move, and which bundle works from then on. */
  told(move: Move, bundle: Bundle): void;
  /** What is shown of a model is another. */
  changed(): void;
}

/** One model and how it stands. */
export interface Watched {
  bundle: Bundle;
  watch: ModelWatch;
  trust: Trust;
}

/**
 * How far the models are trusted, and which bundle of each works because of it. A state is on the disk before it counts;
 * a bundle answers before the state says so.
 */
export class ModelTrust {
  readonly #parts: ModelTrustParts;
  readonly #models = new Map<string, Watched>();
  /** Moves of whose telling nobody could take note yet. */
  readonly #untold: { move: Move; bundle: Bundle }[] = [];
  /** Moves that may exchange a bundle come one after the other. */
  #moving: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: ModelTrustParts) {
    this.#parts = parts;
    for (const bundle of parts.bundles) this.#takeUp(bundle);
  }

  /** Tells what the start has moved, and goes on with what the last run did not get to. */
  start(): void {
    this.#tell();
    const { store } = this.#parts;
    // What a person has stopped stays so.
    for (const { trust } of this.#models.values())
      if (trust.state === 'paused' && store.trust.moves(trust.model, 1)[0]?.mover === 'rule')
        this.#fallBack(trust.model);
  }

  close(): void {
    this.#isClosed = true;
  }

  all(): readonly Watched[] {
    return [...this.#models.values()];
  }

  find(model: string): Watched | undefined {
    return this.#models.get(model);
  }

  /** How far what a bundle says is trusted. While the bundle before works, another one's word is not. */
  stateOf(model: string, hash: string): FallbackState {
    const { state, hash: trusted } = this.#models.get(model)?.trust ?? { state: 'normal' };
    return state === 'previous' && trusted !== hash ? 'paused' : state;
  }

  /** A rule says something of a model. One that it pauses gives its work to the bundle before, where there is one. */
  follow(watched: Watched, event: FallbackEvent): void {
    const isMoved = this.#move(watched, this.#causeOf(event, 'rule'));
    if (isMoved && watched.trust.state === 'paused') this.#fallBack(watched.trust.model);
  }

  /**
   * A person or a command moves a model, or a rule gives its work to the bundle before. Durable when it resolves. Rejects
   * with ACT_REFUSED where the table does not have it, or the bundle that is to answer then does not pass here.
   */
  move(model: string, cause: Cause): Promise<void> {
    const done = this.#moving.then(() => this.#moveWith(model, cause));
    this.#moving = done.catch(() => undefined);
    return done;
  }

  /** An update has put another bundle in a model's place for good. */
  replaced(model: string): void {
    const bundle = this.#running(model);
    const watched = this.#models.get(model);
    if (!bundle || !watched || this.#isClosed) return;
    this.#adopt(watched, bundle);
    if (watched.trust.hash !== bundle.hash)
      this.#move(watched, this.#causeOf('replaced', 'update'));
  }

  /** An update has failed and the newest one answers again: where that is not trusted, the one before works as it did. */
  returned(model: string): void {
    const watched = this.#models.get(model);
    const running = this.#running(model);
    if (watched?.trust.state !== 'previous' || running?.hash === watched.trust.hash) return;
    this.#moving = this.#moving.then(() => this.#workAgain(model)).catch(() => undefined);
  }

  async #workAgain(model: string): Promise<void> {
    const found = await this.#parts.models.goBack(model);
    if (typeof found === 'string')
      this.#parts.log('warn', 'no model before', { model, error: found });
  }

  #running(model: string): Bundle | undefined {
    return this.#parts.bundles.find(({ manifest }) => manifest.identity.name === model);
  }

  #takeUp(loaded: Bundle): void {
    const { store, models, clock, watch } = this.#parts;
    const { name } = loaded.manifest.identity;
    const known = store.trust.find(name);
    const bundle = this.#recall(loaded, known);
    const trust = known ?? beginTrust(name, bundle.hash, clock.now());
    if (!known) store.trust.put(trust);
    const watched = { bundle, watch: watch(bundle), trust };
    this.#models.set(name, watched);
    if (trust.hash === bundle.hash || models.isOnTrial(name)) return;
    // What worked in place of a bundle that is not trusted is gone: that one does not become trusted by it.
    const isLost = trust.state === 'previous';
    this.#keep(
      watched,
      isLost ? this.#causeOf('alarm-raised', 'rule') : this.#causeOf('replaced', 'update'),
    );
  }

  /** While a model is not trusted, what answered at the end of the last run answers on. */
  #recall(loaded: Bundle, known: Trust | undefined): Bundle {
    if (known?.state !== 'previous' && known?.state !== 'paused') return loaded;
    if (known.hash === loaded.hash) return loaded;
    return this.#parts.models.recall(known.model, known.hash) ?? loaded;
  }

  async #moveWith(model: string, cause: Cause): Promise<void> {
    const watched = this.#models.get(model);
    if (!watched) throw refuse(`there is no model ${model}`);
    const { state } = watched.trust;
    const refusal = refuse(`${cause.mover} may not bring ${cause.event} while it is ${state}`);
    if (nextFallback(state, cause.event, cause.mover) === undefined) throw refusal;
    const bundle = await this.#bundleFor(watched.bundle, cause.event);
    if (this.#isClosed) return;
    this.#adopt(watched, bundle);
    if (!this.#move(watched, cause)) throw refusal;
    this.#parts.changed();
  }

  /** What is to work after an event; it answers when this resolves. */
  async #bundleFor(bundle: Bundle, event: FallbackEvent): Promise<Bundle> {
    const { models } = this.#parts;
    const { name } = bundle.manifest.identity;
    if (event !== 'previous-proved' && event !== 'released') return bundle;
    const found = await (event === 'released' ? models.goForward(name) : models.goBack(name));
    if (typeof found === 'string') throw refuse(found);
    return found;
  }

  #fallBack(model: string): void {
    const { log } = this.#parts;
    this.move(model, this.#causeOf('previous-proved', 'rule')).catch((error: unknown) =>
      log('warn', 'no model before', { model, error: String(error) }),
    );
  }

  #adopt(watched: Watched, bundle: Bundle): void {
    if (watched.bundle.hash === bundle.hash) return;
    watched.bundle = bundle;
    watched.watch = this.#parts.watch(bundle);
  }

  #move(watched: Watched, cause: Cause): boolean {
    const isMoved = this.#keep(watched, cause);
    this.#tell();
    return isMoved;
  }

  /** Keeps a move; whoever has to be told is told later. */
  #keep(watched: Watched, cause: Cause): boolean {
    const moved = moveTrust(watched.trust, cause, watched.bundle.hash);
    if (!moved) return false;
    this.#parts.store.trust.put(moved.trust, moved);
    watched.trust = moved.trust;
    if (moved.anew) watched.watch.forget();
    this.#untold.push({ move: moved.move, bundle: watched.bundle });
    return true;
  }

  #tell(): void {
    for (const { move, bundle } of this.#untold.splice(0)) {
      const { model, was, isNow, event } = move;
      this.#parts.log('warn', 'model trust', { model, was, isNow, event });
      this.#parts.told(move, bundle);
    }
  }

  #causeOf(event: FallbackEvent, mover: Cause['mover']): Cause {
    return { event, mover, user: '', reason: '', at: this.#parts.clock.now() };
  }
}

function refuse(why: string): ScansideError {
  return new ScansideError('ACT_REFUSED', why);
}
