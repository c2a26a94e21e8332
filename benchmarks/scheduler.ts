import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { writeReport } from './report.ts';
import { fifo, fixedWindow, type Policy, scheduler as ours } from './scheduler-policy.ts';
import { replay } from './scheduler-replay.ts';
import { describeDecision } from './scheduler-decision.ts';
import { type Measured, reportScheduler } from './scheduler-report.ts';
import { drawTrace, type Trace, type TraceName, traceNames } from './scheduler-trace.ts';

export const schedulerUsage = `scheduler: what an accelerator does next, on simulated hardware and in simulated time
  --trace NAME    only this trace (repeatable): ${traceNames.join(', ')}
  --minutes N     of each trace but the thermal ramp, which has its own length of 80 (default 5)
  --seeds N       draws of each trace (default 3)
  --dry           print, and leave benchmarks/README.md as it is`;

const rampMinutes = 80;

type PolicyMaker = (trace: Trace) => Policy;

const policies: readonly PolicyMaker[] = [
  ({ lanes }) => ours(lanes),
  () => ours(undefined),
  () => fixedWindow(10),
  () => fixedWindow(50),
  () => fixedWindow(200),
  fifo,
];

/** What is left of ours when nobody tells it of the heat. */
const unwarned: PolicyMaker = ({ lanes }) => ({
  ...ours(lanes),
  name: 'Scanside without its budget',
  allow: () => undefined,
});

function policiesFor(name: TraceName): readonly PolicyMaker[] {
  return name === 'thermal ramp' ? [...policies, unwarned] : policies;
}

export async function scheduler(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      trace: { type: 'string', multiple: true, default: [...traceNames] },
      minutes: { type: 'string', default: '5' },
      seeds: { type: 'string', default: '3' },
      dry: { type: 'boolean', default: false },
    },
  });
  const [minutes, seeds] = [positive('minutes', values.minutes), positive('seeds', values.seeds)];
  const measured = values.trace
    .map(traceNamed)
    .flatMap((name) =>
      policiesFor(name).map((makePolicy) => measure(name, makePolicy, minutes, seeds)),
    );
  const content = `${describeDecision()}\n\n${reportScheduler(measured)}`;
  writeReport('scheduler', content, { folder: tmpdir(), dry: values.dry });
}

function measure(
  name: TraceName,
  makePolicy: PolicyMaker,
  minutes: number,
  seeds: number,
): Measured {
  const ms = 60_000 * (name === 'thermal ramp' ? rampMinutes : minutes);
  const traces = Array.from({ length: seeds }, (_, at) => drawTrace(name, at + 1, ms));
  const played = traces.map((trace, at) => {
    const policy = makePolicy(trace);
    return { policy: policy.name, replay: replay(trace, policy, at + 1) };
  });
  return { trace: name, policy: played[0]!.policy, replays: played.map((each) => each.replay) };
}

function traceNamed(name: string): TraceName {
  const known = traceNames.find((each) => each === name);
  if (known) return known;
  throw new Error(`--trace must be one of ${traceNames.join(', ')}`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number`);
}
