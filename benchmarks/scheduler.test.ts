import { describe, expect, it } from 'vitest';
import { fifo, fixedWindow, type Policy, scheduler } from './scheduler-policy.ts';
import { type Replay, replay } from './scheduler-replay.ts';
import { isClinical, reportScheduler, shareInTime } from './scheduler-report.ts';
import { drawTrace, type Trace, type TraceName, traceNames } from './scheduler-trace.ts';

const policies: Record<string, (trace: Trace) => Policy> = {
  ours: ({ lanes }) => scheduler(lanes),
  'ours, knowing nothing': () => scheduler(undefined),
  'fixed window': () => fixedWindow(50),
  fifo: () => fifo(),
};

function play(name: TraceName, policy: (trace: Trace) => Policy, ms = 20_000): Replay {
  const trace = drawTrace(name, 1, ms);
  return replay(trace, policy(trace), 1);
}

describe.each(traceNames)('the trace %s', (name) => {
  it('is the same for the same seed, and offers as much as it says', () => {
    const { units, ...trace } = drawTrace(name, 1, 60_000);
    expect(drawTrace(name, 1, 60_000).units).toEqual(units);
    expect(drawTrace(name, 2, 60_000).units).not.toEqual(units);
    const offered = units.reduce((sum, { lane, priority }) => {
      const { overheadMs, unitMs } = trace.lanes[lane]!;
      const isAlone = priority === 'stat' || lane === 'processor';
      return sum + (isAlone ? overheadMs : overheadMs / 16) + unitMs;
    }, 0);
    expect(offered / trace.ms).toBeGreaterThan(0.8);
    expect(offered / trace.ms).toBeLessThan(1);
  });

  it.each(Object.entries(policies))('is done to its end by %s', (_, policy) => {
    const trace = drawTrace(name, 1, 20_000);
    const { results, units, leftOut } = replay(trace, policy(trace), 1);
    const wanted = new Set(trace.units.map(({ result }) => result));
    expect(units + leftOut).toBe(trace.units.length);
    expect(results.length + leftOut).toBe(wanted.size);
  });

  it('meets no inversion with ours, and nearly every deadline', () => {
    const { results, inversions } = play(name, policies['ours']!, 60_000);
    expect(inversions).toBe(0);
    expect(shareInTime(results.filter(isClinical))).toBeGreaterThan(0.98);
  });
});

describe('the report on scheduling', () => {
  it('has a row for each policy, and one more for the heat of each', () => {
    const replays = [play('thermal ramp', policies['fifo']!)];
    const report = reportScheduler([{ trace: 'thermal ramp', policy: 'FIFO', replays }]);
    expect(report.match(/\| FIFO/g)).toHaveLength(2);
    expect(report).not.toContain('NaN');
  });
});
