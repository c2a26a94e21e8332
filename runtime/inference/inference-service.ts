import type { Keys } from '../../device/keys.ts';
import { machineRoots, type MachineRoots } from '../../device/machine/attribute.ts';
import type { MachineReadings } from '../../device/machine/readings.ts';
import { memoryLimit } from '../../device/memory-limit.ts';
import type { Bundle } from '../../models/bundle.ts';
import { BudgetWatch } from './budget/budget-watch.ts';
import { allowanceOf, allowsBackground, describeBudget } from './budget/budget.ts';
import type { BudgetState } from './budget/budget-state.ts';
import type { Cause } from './budget/cause.ts';
import type { Level } from './budget/level.ts';
import { Drawing } from './drawing/drawing.ts';
import { type Engine, type EngineEvent, type EngineStatus, startEngine } from './engine.ts';
import { PlacementChoice, type PlacementOptions, processorPlacement } from './placement-choice.ts';
import { ShadowEngine } from './shadow-engine.ts';
import type { StagingEvent } from './tensorrt/staging.ts';

export type InferenceEvent =
  | EngineEvent
  | StagingEvent
  /** A picture is drawn once more. */
  | { event: 'drawing-repeated'; because: string }
  /** What heat, power and memory allow has changed, in words. */
  | { event: 'budget'; level: Level; because: string };

export interface InferenceOptions extends Omit<PlacementOptions, 'serve' | 'log'> {
  /** Where the kernel's files lie. */
  roots?: MachineRoots | undefined;
  log(event: InferenceEvent): void;
  /** Told when what the panel shows of it has changed. */
  changed(): void;
}

/** How analysis stands, for the panel. */
export interface InferenceView extends EngineStatus {
  level: Level;
  /** Why it is not full speed. */
  cause: Cause | undefined;
  /** What heat, power and memory allow, in words; undefined at full speed. */
  budget: string | undefined;
  /** Degrees Celsius of the hottest part; undefined where nothing is known. */
  hottest: number | undefined;
}

/** The engine with what decides where, and how hard, it works. */
export class InferenceService {
  readonly engine: Engine;
  readonly drawing: Drawing;
  /** Where a candidate looks at what others have answered. */
  readonly shadow: ShadowEngine;
  readonly #options: InferenceOptions;
  readonly #watch: BudgetWatch;
  readonly #choice: PlacementChoice;
  #budget = 'full speed';
  #shown = '';

  constructor(options: InferenceOptions) {
    this.#options = options;
    const { clock, files, bundles, settings, log, roots = machineRoots } = options;
    const placement = processorPlacement(settings);
    this.#watch = new BudgetWatch({
      clock,
      files,
      roots,
      peak: () => this.engine.status().peak,
      stepped: (state, machine) => this.#stepped(state, machine),
    });
    this.engine = startEngine({
      clock,
      log,
      served: bundles.map((bundle) => ({ bundle, placement })),
      memoryLimit: (peakMegabytes, engineBytes) =>
        memoryLimit({ ...this.#watch.machine.memory, peakMegabytes, engineBytes }),
      arrived: () => this.shadow.drop('images wait for AI'),
      acceleratorRefused: (bundle, why) => this.#choice.reject(bundle, why),
    });
    this.shadow = new ShadowEngine({
      clock,
      placementOf: (bundle) => this.#choice.placementOf(bundle),
      whyNotIdle: () => this.#whyNotIdle(),
    });
    this.drawing = new Drawing({
      clock,
      isBusy: () => this.engine.status().queued > 0,
      repeated: (because) => log({ event: 'drawing-repeated', because }),
    });
    this.#choice = new PlacementChoice({
      ...options,
      serve: (served) => this.engine.serve(served),
    });
  }

  /** Does not wait for anything: the processor serves from the beginning. */
  start(): void {
    this.#watch.start();
    this.#choice.start().catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      this.#options.log({ event: 'refused', bundle: 'the accelerator', detail });
    });
  }

  /** Compiles a bundle that does not serve yet, where there is an accelerator; why it cannot run there, or undefined. */
  prepare(bundle: Bundle): Promise<string | undefined> {
    return this.#choice.prepare(bundle);
  }

  /** Loads and tests a bundle where it would run, in a process of its own; why it cannot, or undefined. */
  rehearse(bundle: Bundle): Promise<string | undefined> {
    return this.engine.rehearse([{ bundle, placement: this.#choice.placementOf(bundle) }]);
  }

  /** Has other bundles serve; why that cannot be, or undefined. Those before serve until then. */
  exchange(bundles: readonly Bundle[]): Promise<string | undefined> {
    return this.#choice.exchange(bundles);
  }

  view(): InferenceView {
    const { state, machine } = this.#watch;
    const known = machine.zones.flatMap(({ celsius }) => celsius ?? []);
    return {
      ...this.engine.status(),
      level: state.level,
      cause: state.cause,
      budget: describeBudget(state),
      hottest: known.length > 0 ? Math.round(Math.max(...known)) : undefined,
    };
  }

  /** The machine as last read, at most a second ago. */
  get machine(): MachineReadings {
    return this.#watch.machine;
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.drawing.close();
    await this.shadow.close();
    await this.#choice.close();
    await this.engine.close();
  }

  #whyNotIdle(): string | undefined {
    if (this.engine.status().queued > 0) return 'images wait for AI';
    return allowsBackground(this.#watch.state) ? undefined : describeBudget(this.#watch.state);
  }

  #stepped(state: BudgetState, { powerMode = '' }: MachineReadings): void {
    this.engine.setPowerMode(powerMode);
    this.engine.allow(allowanceOf(state));
    const view = this.view();
    const busy = view.queued > 0 ? 'images wait for AI' : undefined;
    this.#choice.pause(allowsBackground(state) ? busy : view.budget);
    if (!allowsBackground(state)) this.shadow.drop('heat, power or memory do not allow it');
    this.#tell(view);
  }

  #tell({ level, budget, late, state, detours, refused }: InferenceView): void {
    const because = budget ?? 'full speed';
    if (because !== this.#budget) this.#options.log({ event: 'budget', level, because });
    this.#budget = because;
    const behind = late && [roughly(late.byMs)];
    const shown = JSON.stringify([because, state, behind, detours.length, refused.size]);
    if (shown !== this.#shown) this.#options.changed();
    this.#shown = shown;
  }
}

const worth: Partial<Record<InferenceEvent['event'], 'warn' | 'error'>> = {
  ended: 'warn',
  repeated: 'warn',
  'drawing-repeated': 'warn',
  faulty: 'warn',
  budget: 'warn',
  routed: 'warn',
  'engine-refused': 'warn',
  'build-failed': 'warn',
  poisoned: 'error',
  refused: 'error',
};

/** The line of the log for an event. A job's id holds UIDs, which lead to a patient: something else stands for it there. */
export function lineOf(
  { event, ...fields }: InferenceEvent,
  keys: Keys,
): ['info' | 'warn' | 'error', string, Record<string, unknown>] {
  const job = 'id' in fields && { id: keys.identify('log', fields.id).slice(0, 16) };
  return [worth[event] ?? 'info', `engine ${event}`, { ...fields, ...job }];
}

/** Tens of seconds: what comes and goes is not shown second by second. */
function roughly(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms / 10_000);
}
