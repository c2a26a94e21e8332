import type { Cancel, Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { decodeModel } from '../../../models/onnx/model-file.ts';
import { dataTypes, type ValueInfoProto } from '../../../models/onnx/proto.ts';
import { asFault } from './model-fault.ts';
import { checkRun, unnamed } from './run-check.ts';
import { RunQueue } from './run-queue.ts';
import type { Runtime, Session, Tensor, TensorFacts } from './session-port.ts';
import { SessionSet } from './session-set.ts';
import {
  celsiusAt,
  type SimulatedAccelerator,
  simulatedMs,
  smallAccelerator,
  type TemperatureRamp,
} from './simulated-accelerator.ts';

export interface SimulatedOptions {
  clock: Clock;
  accelerator?: SimulatedAccelerator;
  /** Its temperature, from the moment the runtime is opened; without one it stays cool. */
  ramp?: TemperatureRamp;
}

/**
 * Runs no network, and takes the time that an accelerator would. Outputs have the right shapes; every value of a sample
 * is the mean of the sample's input, so that it shows whose it is and hangs on nothing else. One run at a time, as on
 * a real device, for all its sessions together.
 */
export function openSimulatedRuntime({
  clock,
  accelerator = smallAccelerator,
  ramp = [],
}: SimulatedOptions): Runtime {
  const sessions = new SessionSet<Session>();
  const device = new RunQueue(Infinity);
  const openedAt = clock.monotonic();
  const occupy = (size: number, signal: AbortSignal | undefined) =>
    device.enter(() => {
      const celsius = celsiusAt(ramp, clock.monotonic() - openedAt);
      return pause(clock, simulatedMs(accelerator, size, celsius), signal);
    }, signal);
  return {
    name: 'simulated',
    version: 'simulated',
    cancellable: true,
    open: (model) =>
      sessions.add(async () => {
        const facts = await asFault('loading', async () => readFacts(model));
        return toSession(facts, occupy, (session) => sessions.forget(session));
      }),
    close: () => sessions.close(),
  };
}

type Facts = Pick<Session, 'inputs' | 'outputs'>;

function toSession(
  facts: Facts,
  occupy: (size: number, signal: AbortSignal | undefined) => Promise<void>,
  onClose: (session: Session) => void,
): Session {
  const queue = new RunQueue();
  const session: Session = {
    ...facts,
    async run(inputs, outputs, signal) {
      queue.checkOpen();
      checkRun(facts, inputs, outputs);
      const results = answer(facts, inputs, outputs);
      await queue.enter(() => occupy(batchOf(facts, inputs), signal), signal);
      return results;
    },
    close() {
      onClose(session);
      return queue.close();
    },
  };
  return session;
}

function readFacts(model: Uint8Array): Facts {
  const { graph } = decodeModel(model);
  if (!graph) throw new ScansideError('MODEL_FAULT', 'loading: the file holds no graph');
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  return { inputs: inputs.map(toFacts), outputs: graph.output.map(toFacts) };
}

function toFacts({ name = '', type }: ValueInfoProto): TensorFacts {
  const { elemType, shape } = type?.tensorType ?? {};
  const dims = (shape?.dim ?? []).map(({ dimValue, dimParam }) =>
    dimValue === undefined ? dimParam || unnamed : Number(dimValue),
  );
  return { name, type: elemType === dataTypes.float32 ? 'float32' : `type ${elemType}`, dims };
}

function batchOf({ inputs: [first] }: Facts, inputs: Readonly<Record<string, Tensor>>): number {
  return (first && inputs[first.name]?.dims[0]) ?? 1;
}

function answer(
  facts: Facts,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): Record<string, Tensor> {
  const means = meansOf(facts, inputs);
  const sizes = new Map<number | string, number>();
  for (const { name, dims } of facts.inputs)
    for (const [at, dim] of dims.entries()) sizes.set(dim, inputs[name]?.dims[at] ?? 1);
  const wanted = facts.outputs.filter(({ name }) => outputs.includes(name));
  return Object.fromEntries(
    wanted.map(({ name, dims }) => {
      const [, ...rest] = dims.map((dim) =>
        typeof dim === 'number' ? dim : (sizes.get(dim) ?? 1),
      );
      const length = rest.reduce((product, size) => product * size, 1);
      const values = Float32Array.from(
        { length: means.length * length },
        (_, at) => means[Math.floor(at / length)] ?? 0,
      );
      return [name, { dims: [means.length, ...rest], values }];
    }),
  );
}

/** Of each sample of the first input. */
function meansOf(facts: Facts, inputs: Readonly<Record<string, Tensor>>): number[] {
  const count = batchOf(facts, inputs);
  const values = inputs[facts.inputs[0]?.name ?? '']?.values ?? new Float32Array();
  const length = values.length / count;
  return Array.from({ length: count }, (_, at) => {
    const sample = values.subarray(at * length, (at + 1) * length);
    return sample.reduce((sum, value) => sum + value, 0) / length;
  });
}

/** Ends early, with MODEL_FAULT, when `signal` is given. */
function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let cancel: Cancel = () => undefined;
    const onAbort = (): void => {
      cancel();
      reject(new ScansideError('MODEL_FAULT', 'running: ended'));
    };
    cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
