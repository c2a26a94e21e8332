import { allowanceOf, stepBudget } from '../runtime/inference/budget/budget.ts';
import { type BudgetState, initialBudget } from '../runtime/inference/budget/budget-state.ts';
import type { Level } from '../runtime/inference/budget/level.ts';
import {
  simulatedReadings,
  surroundingsAt,
  throttlesAt,
} from '../runtime/inference/budget/replay.ts';
import {
  restingHeat,
  smallBoard,
  stepHeat,
  type ThermalState,
} from '../runtime/inference/budget/thermal-model.ts';
import type { Allowance } from '../runtime/inference/schedule/work.ts';

/** What became of a board's heat. */
export interface Heat {
  celsius: number;
  hottest: number;
  /** Times that the board came to its throttling point, with the milliseconds of clinical work that then waited. */
  throttled: { at: number; waitingMs: number }[];
  /** Milliseconds spent at each level of the budget. */
  levels: Partial<Record<Level, number>>;
}

const stepMs = 1000;

/** A simulated board in the budget's ramp, read by a real budget once a second. */
export class SimulatedBoard {
  #budget: BudgetState = initialBudget;
  #state: ThermalState;
  #busyMs = 0;
  #steppedAt = 0;
  readonly heat: Heat;

  constructor() {
    this.#state = restingHeat(smallBoard, surroundingsAt(0), 0.5);
    this.heat = { celsius: this.#state.chip, hottest: this.#state.chip, throttled: [], levels: {} };
  }

  get allowance(): Allowance {
    return allowanceOf(this.#budget);
  }

  /** When the temperature is looked at next. */
  get nextStep(): number {
    return this.#steppedAt + stepMs;
  }

  /** Takes the time from `from` to `to`, in all of which the accelerator was busy or idle. */
  advance(from: number, to: number, isBusy: boolean, waitingMs: () => number): void {
    let at = from;
    while (this.nextStep <= to) {
      if (isBusy) this.#busyMs += this.nextStep - at;
      at = this.nextStep;
      this.#step(at, waitingMs);
    }
    if (isBusy) this.#busyMs += to - at;
  }

  #step(at: number, waitingMs: () => number): void {
    this.#state = stepHeat(
      smallBoard,
      this.#state,
      surroundingsAt(at),
      this.#busyMs / stepMs,
      stepMs,
    );
    this.#busyMs = 0;
    this.#steppedAt = at;
    const { chip } = this.#state;
    if (chip >= throttlesAt && this.heat.celsius < throttlesAt)
      this.heat.throttled.push({ at, waitingMs: waitingMs() });
    this.heat.celsius = chip;
    this.heat.hottest = Math.max(this.heat.hottest, chip);
    this.#budget = stepBudget(this.#budget, {
      at,
      machine: simulatedReadings(this.#state),
      peak: undefined,
    });
    const { level } = this.#budget;
    this.heat.levels[level] = (this.heat.levels[level] ?? 0) + stepMs;
  }
}
