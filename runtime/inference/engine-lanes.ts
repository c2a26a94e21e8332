import type { Bundle } from '../../models/bundle.ts';
import { observeArrival } from './schedule/arrivals.ts';
import { isKnown, observeRun } from './schedule/batch-time.ts';
import { type Lane, type Lanes, sizesUpTo, unknownLane } from './schedule/lane.ts';
import { onProcessor, type Placement } from './session/placement.ts';

/** A bundle and where its networks run. */
export interface ServedBundle {
  bundle: Bundle;
  placement: Placement;
}

/** Where each bundle runs, and what has been learned of how long that takes. */
export class EngineLanes {
  readonly #served = new Map<string, ServedBundle>();
  readonly #lanes = new Map<string, Lane>();
  #powerMode = '';

  constructor(served: readonly ServedBundle[]) {
    this.serve(served);
  }

  get served(): ServedBundle[] {
    return [...this.#served.values()];
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** The largest batch of each lane. */
  get largest(): ReadonlyMap<string, number> {
    return new Map([...this.#lanes].map(([name, { sizes }]) => [name, sizes.at(-1) ?? 1]));
  }

  /** What is served from now on, in place of what was. */
  serve(served: readonly ServedBundle[]): void {
    this.#served.clear();
    for (const each of served) this.#served.set(each.bundle.hash, each);
    for (const name of this.#lanes.keys())
      if (!this.#served.has(name.split(' ', 1)[0]!)) this.#lanes.delete(name);
  }

  /** The accelerator has refused a bundle that it had taken before: it runs on the processor again. */
  fallBack({ hash }: Bundle, because: string): void {
    const served = this.#served.get(hash);
    if (served) this.#served.set(hash, { ...served, placement: { ...onProcessor, because } });
  }

  /** Of a bundle that is not served, such as one that waits while it is being replaced: the processor. */
  placementOf({ hash }: Bundle): Placement {
    return this.#served.get(hash)?.placement ?? onProcessor;
  }

  /** Name of a bundle's lane: what is learned holds for one placement in one power mode. */
  laneOf(bundle: Bundle): string {
    const { runtime, provider } = this.placementOf(bundle);
    const name = [bundle.hash, runtime, provider, this.#powerMode].join(' ');
    const sizes = sizesUpTo(bundle.manifest.network.input.batch);
    if (!this.#lanes.has(name)) this.#lanes.set(name, { ...unknownLane, sizes });
    return name;
  }

  /** Another power mode of the device: everything takes another time. False where it is the same. */
  setPowerMode(mode: string): boolean {
    const other = mode !== this.#powerMode;
    this.#powerMode = mode;
    return other;
  }

  /** A unit has come. Returns its lane. */
  arrived(bundle: Bundle, now: number): string {
    const name = this.laneOf(bundle);
    const lane = this.#lanes.get(name)!;
    this.#lanes.set(name, { ...lane, arrivals: observeArrival(lane.arrivals, now) });
    return name;
  }

  /** A run of `units` in a lane took `ms`. */
  ran(name: string, units: number, ms: number): void {
    const lane = this.#lanes.get(name);
    if (lane) this.#lanes.set(name, { ...lane, times: observeRun(lane.times, units, ms) });
  }

  /** Whether runs of so many units have been measured often enough to tell one that hangs. */
  knows(name: string, units: number): boolean {
    const lane = this.#lanes.get(name);
    return lane !== undefined && isKnown(lane.times, units);
  }
}
