import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../device/manual-clock.ts';
import { encodeModel } from '../../../models/onnx/model-file.ts';
import { makeResidualNetwork } from '../../../models/onnx/residual-network.ts';
import type { Session, Tensor } from './session-port.ts';
import { celsiusAt, simulatedMs, smallAccelerator } from './simulated-accelerator.ts';
import { openSimulatedRuntime } from './simulated-session.ts';

const model = encodeModel(
  makeResidualNetwork({ side: 8, stem: 3, widths: [4], blocks: 1, outputs: 2 }, 1),
);
const settings = { name: 'test', provider: { name: 'cpu' }, threads: 1 } as const;
const accelerator = { ...smallAccelerator, unitMs: 1 };
const ramp = [
  { ms: 0, celsius: 60 },
  { ms: 1000, celsius: 110 },
];

/** Samples that are all of one value each. */
function samples(session: Session, ...values: number[]): Record<string, Tensor> {
  const data = values.flatMap((value) => Array.from({ length: 64 }, () => value));
  const tensor = { dims: [values.length, 1, 8, 8], values: Float32Array.from(data) };
  return { [session.inputs[0]!.name]: tensor };
}

async function open(options: { ramp?: typeof ramp } = {}) {
  const clock = new ManualClock();
  const runtime = openSimulatedRuntime({ clock, accelerator, ...options });
  return { clock, runtime, session: await runtime.open(model, settings) };
}

/** Lets everything that waits for nothing but promises happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** How far the clock must be moved, in quarters of a millisecond, until a promise is settled. */
async function timeOf(clock: ManualClock, run: Promise<unknown>): Promise<number> {
  const seen = { done: false };
  void run.finally(() => (seen.done = true));
  const start = clock.monotonic();
  for (await settle(); !seen.done; await settle()) clock.advance(0.25);
  return clock.monotonic() - start;
}

describe('simulated runs', () => {
  it('take what the accelerator would, for each size', async () => {
    const { clock, session } = await open();
    expect(await timeOf(clock, session.run(samples(session, 1), ['logits']))).toBe(7);
    expect(await timeOf(clock, session.run(samples(session, 1, 2), ['logits']))).toBe(8);
  });

  it('take longer when the ramp has become hot', async () => {
    const { clock, session } = await open({ ramp });
    clock.advance(1000);
    expect(await timeOf(clock, session.run(samples(session, 1), ['logits']))).toBe(17.5);
  });

  it('give outputs of the right shape, of which each sample hangs on its own input alone', async () => {
    const { clock, session } = await open();
    const run = session.run(samples(session, 0.25, -3), ['logits', 'cam']);
    await timeOf(clock, run);
    const { logits, cam } = await run;
    expect(logits).toEqual({ dims: [2, 2], values: Float32Array.of(0.25, 0.25, -3, -3) });
    expect(cam!.dims[0]).toBe(2);
    expect(cam!.values).toHaveLength(cam!.dims.reduce((product, size) => product * size, 1));
  });

  it('of two sessions come one after the other', async () => {
    const { clock, runtime, session } = await open();
    const other = await runtime.open(model, settings);
    const first = session.run(samples(session, 1), ['logits']);
    const second = other.run(samples(other, 1), ['logits']);
    expect(await timeOf(clock, Promise.all([first, second]))).toBe(14);
  });

  it('end when they are told to, and leave the accelerator to the next', async () => {
    const { clock, session } = await open();
    const stop = new AbortController();
    const run = session.run(samples(session, 1), ['logits'], stop.signal);
    const next = session.run(samples(session, 1), ['logits']);
    await settle();
    clock.advance(1);
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: 'MODEL_FAULT' });
    expect(await timeOf(clock, next)).toBe(7);
  });

  it('refuse what the network does not take, what is closed, and what is no model', async () => {
    const { runtime, session } = await open();
    const fault = { code: 'MODEL_FAULT' };
    await expect(session.run({}, ['logits'])).rejects.toMatchObject(fault);
    await expect(session.run(samples(session, 1), ['other'])).rejects.toMatchObject(fault);
    await session.close();
    await expect(session.run(samples(session, 1), ['logits'])).rejects.toMatchObject(fault);
    await expect(runtime.open(Uint8Array.of(1, 2, 3), settings)).rejects.toMatchObject(fault);
  });
});

describe('the simulated accelerator', () => {
  it('is slower the hotter it is, and not without end', () => {
    const at = (celsius: number) => simulatedMs(smallAccelerator, 5, celsius);
    expect(at(20)).toBe(10);
    expect(at(99)).toBe(10);
    expect(at(101)).toBeCloseTo(14.29, 2);
    expect(at(103)).toBe(25);
    expect(at(150)).toBe(25);
  });

  it('has the temperature of its ramp', () => {
    const degrees = [-5, 0, 500, 1000, 9000].map((ms) => celsiusAt(ramp, ms));
    expect(degrees).toEqual([60, 60, 85, 110, 110]);
    expect(celsiusAt([], 5)).toBe(0);
  });
});
