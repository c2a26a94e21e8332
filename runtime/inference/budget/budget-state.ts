import type { MachineReadings } from '../../../device/machine/readings.ts';
import type { Cause } from './cause.ts';
import type { Trends } from './headroom.ts';
import type { Level } from './level.ts';
import type { Trend } from './trend.ts';

/** What one step of the budget is told. */
export interface BudgetReadings {
  /** Monotonic milliseconds. About one step a second. */
  at: number;
  machine: MachineReadings;
  /** Memory that a run takes on top of the resting engine, as learned; undefined where nothing has run yet. */
  peak: BatchPeak | undefined;
}

export interface BatchPeak {
  /** The largest batch that any lane may run. */
  fullBatchBytes: number;
  oneUnitBytes: number;
}

/** What one cause asks for. */
export interface Verdict {
  level: Level;
  /** When its quantity was last known, monotonic milliseconds. */
  knownAt: number;
}

/** Counters as last known: only their growth says something. */
export interface Counters {
  underVoltage: number | undefined;
  average: number | undefined;
  oomKills: number | undefined;
}

/** Everything that the next step needs of the past. Plain data. */
export interface BudgetState {
  level: Level;
  /** Why: what asked for this level last. Undefined at full. */
  cause: Cause | undefined;
  /** When something last asked for this level or a worse one, monotonic milliseconds. */
  askedAt: number;
  verdicts: Readonly<Partial<Record<Cause, Verdict>>>;
  temperatures: Trends;
  /** Current of the rail that is nearest to its limit, as a share of the limit. */
  power: Trend | undefined;
  counters: Counters;
  /** The machine has, or should have, sensors of temperature. */
  hasSensors: boolean;
}

export const initialBudget: BudgetState = {
  level: 'full',
  cause: undefined,
  askedAt: 0,
  verdicts: {},
  temperatures: {},
  power: undefined,
  counters: { underVoltage: undefined, average: undefined, oomKills: undefined },
  hasSensors: false,
};
