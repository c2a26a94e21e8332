import { type Random, seededRandom } from '../models/phantom/random.ts';
import { rankOf } from '../runtime/inference/schedule/work-group.ts';
import { priorities } from '../runtime/inference/schedule/work.ts';
import { simulatedMs } from '../runtime/inference/session/simulated-accelerator.ts';
import { SimulatedBoard, type Heat } from './scheduler-board.ts';
import type { Policy, Step } from './scheduler-policy.ts';
import type { Trace, TraceUnit } from './scheduler-trace.ts';

/** A result that was computed: in what time from its last image, and whether that was too late. */
export interface ResultSeen {
  priority: TraceUnit['priority'];
  kind: TraceUnit['kind'];
  ms: number;
  late: boolean;
}

export interface Replay {
  results: ResultSeen[];
  /** Units that were computed. */
  units: number;
  /** Milliseconds until all was done. */
  ms: number;
  busyMs: number;
  runs: number;
  /** Runs that held no unit of the most urgent class then waiting and allowed. */
  inversions: number;
  /** Runs given to work that had aged. */
  aged: number;
  /** Units of the shadow class that were left out, for so many were waiting already. */
  leftOut: number;
  heat: Heat | undefined;
}

/** Shadow work is a sample: no more of it is kept waiting. */
const shadowKept = 200;

/** Plays a trace against a simulated accelerator whose runs are chosen by a policy. */
export function replay(trace: Trace, policy: Policy, seed: number): Replay {
  return new Player(trace, policy, seededRandom(seed, 'noise')).play();
}

class Player {
  readonly #trace: Trace;
  readonly #policy: Policy;
  readonly #random: Random;
  readonly #board: SimulatedBoard | undefined;
  readonly #coming: TraceUnit[];
  readonly #seen: Replay;
  /** Last arrival, last completion and units still to be done, by result. */
  readonly #open = new Map<string, { arrivedAt: number; left: number }>();
  #arrived = 0;
  #waiting: TraceUnit[] = [];
  #now = 0;

  constructor(trace: Trace, policy: Policy, random: Random) {
    this.#trace = trace;
    this.#policy = policy;
    this.#random = random;
    this.#board = trace.heats ? new SimulatedBoard() : undefined;
    this.#coming = trace.units.map((unit) => ({ ...unit }));
    for (const { result } of this.#coming) {
      const open = this.#open.get(result) ?? { arrivedAt: 0, left: 0 };
      this.#open.set(result, { ...open, left: open.left + 1 });
    }
    const counted = { units: 0, ms: 0, busyMs: 0, runs: 0, inversions: 0, aged: 0, leftOut: 0 };
    this.#seen = { results: [], ...counted, heat: undefined };
  }

  play(): Replay {
    while (this.#arrived < this.#coming.length || this.#waiting.length > 0) {
      this.#arrive();
      const isIdle = this.#waiting.length === 0;
      const step = isIdle ? { ms: Infinity } : this.#policy.next(this.#waiting, this.#now);
      if ('work' in step) this.#run(step);
      else this.#wait(step.ms);
    }
    return { ...this.#seen, ms: this.#now, heat: this.#board?.heat };
  }

  #arrive(): void {
    for (; this.#arrived < this.#coming.length; this.#arrived++) {
      const unit = this.#coming[this.#arrived]!;
      if (unit.arrivedAt > this.#now) return;
      if (unit.priority === 'shadow' && this.#isFull()) this.#seen.leftOut += 1;
      else this.#take(unit);
    }
  }

  #isFull(): boolean {
    return (
      this.#waiting.reduce((sum, { priority }) => sum + Number(priority === 'shadow'), 0) >=
      shadowKept
    );
  }

  #take(unit: TraceUnit): void {
    const open = this.#open.get(unit.result);
    if (open) open.arrivedAt = unit.arrivedAt;
    if (unit.kind === 'series')
      for (const mate of this.#waiting)
        if (mate.result === unit.result) mate.deadline = unit.deadline;
    this.#waiting.push(unit);
    this.#policy.arrived(unit);
  }

  #run({ work, size, aged }: Extract<Step, { work: unknown }>): void {
    const from = this.#now;
    const accelerator = this.#trace.lanes[work[0]?.lane ?? '']!;
    const factor = drawFactor(this.#random);
    const ms = factor * simulatedMs(accelerator, size, this.#board?.heat.celsius ?? 0);
    this.#count(work, ms, aged);
    this.#remove(work);
    this.#move(from + ms, true);
    this.#policy.ran(work, size, from, this.#now);
    for (const unit of work) this.#finish(unit);
  }

  #count(work: readonly TraceUnit[], ms: number, aged: boolean): void {
    const classes = this.#board?.allowance.classes ?? priorities;
    const rank = Math.min(...work.map(rankOf));
    const isInverted = this.#waiting.some(
      (unit) => rankOf(unit) < rank && classes.includes(unit.priority),
    );
    this.#seen.runs += 1;
    this.#seen.busyMs += ms;
    this.#seen.aged += Number(aged);
    this.#seen.inversions += Number(isInverted && !aged);
  }

  #remove(work: readonly TraceUnit[]): void {
    const isHead = work.every((unit, at) => unit === this.#waiting[at]);
    const gone = new Set(work);
    if (isHead) this.#waiting.splice(0, work.length);
    else this.#waiting = this.#waiting.filter((unit) => !gone.has(unit));
  }

  #finish({ result, kind, priority, deadline }: TraceUnit): void {
    const open = this.#open.get(result)!;
    open.left -= 1;
    this.#seen.units += 1;
    if (open.left > 0) return;
    const ms = this.#now - open.arrivedAt;
    this.#seen.results.push({ kind, priority, ms, late: this.#now > deadline });
    this.#open.delete(result);
  }

  #wait(ms: number): void {
    const next = this.#coming[this.#arrived]?.arrivedAt ?? Infinity;
    const until = Math.min(next, this.#now + Math.max(0.01, ms), this.#board?.nextStep ?? Infinity);
    this.#move(until, false);
  }

  #move(to: number, isBusy: boolean): void {
    if (!Number.isFinite(to)) throw new Error(`${this.#policy.name} has stopped with work waiting`);
    this.#board?.advance(this.#now, to, isBusy, () => this.#clinicalMs());
    if (this.#board) this.#policy.allow(this.#board.allowance);
    this.#now = to;
  }

  /** Milliseconds that the clinical work which waits would take in the largest batches. */
  #clinicalMs(): number {
    return this.#waiting.reduce((sum, unit) => {
      if (rankOf(unit) > 1) return sum;
      return sum + simulatedMs(this.#trace.lanes[unit.lane]!, 16, 0) / 16;
    }, 0);
  }
}

/** Of a time: 3 % of noise, and one run in 200 is held up by something else. */
function drawFactor(random: Random): number {
  return Math.exp(0.03 * random.normal()) * (random.chance(0.005) ? 3 : 1);
}
