import type { MemoryReadings } from '../../../device/machine/memory.ts';
import { memoryReserve } from '../../../device/memory-limit.ts';
import type { BatchPeak, BudgetReadings, BudgetState, Counters } from './budget-state.ts';
import { never, whether, type Cause, type Measure } from './cause.ts';
import { headroom } from './headroom.ts';

/** How far ahead a rise of temperature is extrapolated. */
const aheadMs = 30_000;

/** Bytes by which memory must have become free again, so that a buffer that comes and goes changes nothing. */
const memorySlack = 64 * 2 ** 20;

const nothingLearned: BatchPeak = { fullBatchBytes: 0, oneUnitBytes: 0 };

/** Every quantity that may ask for less; undefined where it is unknown. `counters` are those of the step before. */
export function measure(
  state: BudgetState,
  counters: Counters,
  { machine, peak }: BudgetReadings,
): Record<Cause, Measure | undefined> {
  const { zones, alerts, memory, overCurrent } = machine;
  const { temperatures } = state;
  const supply =
    grew(counters.underVoltage, overCurrent.underVoltage) ||
    grew(counters.average, overCurrent.average);
  return {
    heat: known(headroom(temperatures, zones, 0), [12, 6, 2], 3),
    heating: known(headroom(temperatures, zones, aheadMs), [6, 2, never], 3),
    throttled: alerts.throttling === undefined ? undefined : whether(alerts.throttling, 'minimal'),
    blind: whether(state.hasSensors && Object.keys(temperatures).length === 0, 'trimmed'),
    memory: free(memory, peak ?? nothingLearned),
    'out-of-memory': whether(grew(counters.oomKills, memory.oomKills), 'minimal'),
    stalled: known(rest(memory.stalled), [0.95, 0.8, never], 0.03),
    power: known(rest(state.power?.value), [0.05, -0.05, never], 0.05),
    'over-current': whether(supply, 'trimmed'),
  };
}

function known(
  value: number | undefined,
  limits: Measure['limits'],
  slack: number,
): Measure | undefined {
  return value === undefined ? undefined : { value, limits, slack };
}

/** What is left of the whole. */
function rest(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 1 - share;
}

/** An event is over with its step, so a counter that cannot be read asks for nothing. */
function grew(before: number | undefined, now: number | undefined): boolean {
  return before !== undefined && now !== undefined && now > before;
}

/** Whether a whole batch, half of one or a single unit would still leave the reserve. */
function free(memory: MemoryReadings, peak: BatchPeak): Measure | undefined {
  const { fullBatchBytes, oneUnitBytes } = peak;
  const reserve = memoryReserve(memory.totalBytes);
  return known(
    memory.availableBytes,
    [reserve + fullBatchBytes, reserve + fullBatchBytes / 2, reserve + oneUnitBytes],
    memorySlack,
  );
}
