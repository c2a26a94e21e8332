import type { Cancel, Clock } from '../../../device/clock.ts';
import type { MachineFiles, MachineRoots } from '../../../device/machine/attribute.ts';
import { type MachineReadings, readMachine } from '../../../device/machine/readings.ts';
import { type BatchPeak, type BudgetState, initialBudget } from './budget-state.ts';
import { stepBudget } from './budget.ts';

export interface BudgetWatchOptions {
  clock: Clock;
  files: MachineFiles;
  roots: MachineRoots;
  /** Memory that a run takes, as far as it is known. */
  peak(): BatchPeak | undefined;
  /** Told after every step, about once a second. */
  stepped(state: BudgetState, machine: MachineReadings): void;
}

/** Milliseconds between two readings of the machine. */
const everyMs = 1000;

/** Reads the machine once a second and keeps the budget. */
export class BudgetWatch {
  readonly #options: BudgetWatchOptions;
  #state: BudgetState = initialBudget;
  #machine: MachineReadings;
  #cancel: Cancel = () => undefined;

  constructor(options: BudgetWatchOptions) {
    this.#options = options;
    this.#machine = readMachine(options.files, options.roots);
  }

  get state(): BudgetState {
    return this.#state;
  }

  /** As last read. */
  get machine(): MachineReadings {
    return this.#machine;
  }

  start(): void {
    this.#step();
  }

  close(): void {
    this.#cancel();
  }

  #step(): void {
    const { clock, files, roots, peak, stepped } = this.#options;
    this.#cancel = clock.after(everyMs, () => this.#step());
    this.#machine = readMachine(files, roots);
    const readings = { at: clock.monotonic(), machine: this.#machine, peak: peak() };
    this.#state = stepBudget(this.#state, readings);
    stepped(this.#state, this.#machine);
  }
}
