import type { MachineReadings } from '../../../device/machine/readings.ts';
import type { Allowance } from '../schedule/work.ts';
import type { BudgetReadings, BudgetState, Counters, Verdict } from './budget-state.ts';
import { causes, causeWords, judge, ofMemory, type Cause, type Measure } from './cause.ts';
import { followZones, silentMs } from './headroom.ts';
import { levelTable, oneUnit, rankOf, type Level } from './level.ts';
import { measure } from './measures.ts';
import { follow, type Trend } from './trend.ts';

/** How long nothing may have asked for a level until a better one follows. */
const dwellMs = 30_000;

/**
 * One step of the budget of heat, power and memory. Worse levels are taken at once; better ones singly, each when for
 * 30 s nothing has asked for the one before.
 */
export function stepBudget(state: BudgetState, readings: BudgetReadings): BudgetState {
  const { at } = readings;
  const sensed = sense(state, readings);
  const measures = measure(sensed, state.counters, readings);
  const verdicts = Object.fromEntries(
    causes.map((cause) => [cause, judgeCause(state.verdicts[cause], measures[cause], at)]),
  ) as Record<Cause, Verdict>;
  const worst = causes.reduce((one, other) =>
    rankOf(verdicts[other].level) > rankOf(verdicts[one].level) ? other : one,
  );
  return { ...sensed, verdicts, ...move(state, worst, verdicts[worst].level, at) };
}

/** Takes in what was read, without judging it. */
function sense(state: BudgetState, { at, machine }: BudgetReadings): BudgetState {
  const { zones, identity } = machine;
  return {
    ...state,
    temperatures: followZones(state.temperatures, zones, at),
    power: followPower(state.power, machine, at),
    counters: count(state.counters, machine),
    hasSensors: state.hasSensors || zones.length > 0 || identity.chip !== undefined,
  };
}

function followPower(
  power: Trend | undefined,
  machine: MachineReadings,
  at: number,
): Trend | undefined {
  const shares = machine.rails.map((rail) => rail.limitShare).filter((one) => one !== undefined);
  return shares.length === 0 ? undefined : follow(power, Math.max(...shares), at);
}

function count(counters: Counters, { overCurrent, memory }: MachineReadings): Counters {
  return {
    underVoltage: overCurrent.underVoltage ?? counters.underVoltage,
    average: overCurrent.average ?? counters.average,
    oomKills: memory.oomKills ?? counters.oomKills,
  };
}

/** What is no longer known asks for what it did, and after a while still for care: silence is no sign of health. */
function judgeCause(
  before: Verdict | undefined,
  measure: Measure | undefined,
  at: number,
): Verdict {
  const { level, knownAt } = before ?? { level: 'full', knownAt: at };
  if (measure !== undefined) return { level: judge(measure, level), knownAt: at };
  const stale = level !== 'full' && at - knownAt >= silentMs;
  return { level: stale ? 'trimmed' : level, knownAt };
}

function move(
  state: BudgetState,
  cause: Cause,
  asked: Level,
  at: number,
): Pick<BudgetState, 'level' | 'cause' | 'askedAt'> {
  if (rankOf(asked) >= rankOf(state.level)) {
    return { level: asked, cause: asked === 'full' ? undefined : cause, askedAt: at };
  }
  const { level, askedAt } = state;
  if (at - askedAt < dwellMs) return { level, cause: state.cause, askedAt };
  const { better } = levelTable[level];
  return { level: better, cause: better === 'full' ? undefined : state.cause, askedAt: at };
}

/** What the scheduler may do. At minimal, want of memory leaves one unit of a batch; heat is met by pauses alone. */
export function allowanceOf({ level, cause }: BudgetState): Allowance {
  const { allowance } = levelTable[level];
  const isShort = cause !== undefined && ofMemory.includes(cause);
  return level === 'minimal' && isShort ? { ...allowance, batchShare: oneUnit } : allowance;
}

/** Whether work that nobody waits for, such as compiling a network for this device, may run. */
export function allowsBackground(state: BudgetState): boolean {
  return levelTable[state.level].background;
}

/** The budget in words for the panel, such as "warm: batches halved, background work waits"; undefined at full speed. */
export function describeBudget({ level, cause }: BudgetState): string | undefined {
  return cause === undefined ? undefined : `${causeWords[cause]}: ${levelTable[level].words}`;
}
