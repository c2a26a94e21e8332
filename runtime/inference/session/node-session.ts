import process from 'node:process';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ScansideError } from '../../../device/errors.ts';
import { asFault } from './model-fault.ts';
import { checkRun, unnamed } from './run-check.ts';
import { RunQueue } from './run-queue.ts';
import { SessionSet } from './session-set.ts';
import type { Runtime, Session, SessionSettings, Tensor, TensorFacts } from './session-port.ts';

// ONNX Runtime reports models and machines to its maker unless it is told not to before the first session.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** How every network runs: on one thread of the processor. */
export const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // The receiver shares the cores: waiting threads must sleep, not spin.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

function toOptions({ provider, threads, entries }: SessionSettings) {
  if (provider.name !== 'cpu')
    throw new ScansideError(
      'ENGINE_LIBRARY_REFUSED',
      `onnxruntime-node drops the options of ${provider.name}; it runs on the processor alone`,
    );
  const extra = { ...sessionOptions.extra, ...entries };
  return { ...sessionOptions, intraOpNumThreads: threads, extra };
}

function toFacts(metadata: InferenceSession.ValueMetadata): TensorFacts {
  const { name } = metadata;
  if (!metadata.isTensor) return { name, type: 'no tensor', dims: [] };
  return { name, type: metadata.type, dims: metadata.shape.map((size) => size || unnamed) };
}

function toTensor(name: string, { data, dims }: OrtTensor): Tensor {
  if (data instanceof Float32Array) return { dims, values: data };
  throw new ScansideError('MODEL_FAULT', `running: the output ${name} is not float32`);
}

async function runNative(
  session: InferenceSession,
  feeds: Record<string, OrtTensor>,
  outputs: readonly string[],
): Promise<Record<string, Tensor>> {
  const results = await asFault('running', () => session.run(feeds, outputs));
  return Object.fromEntries(outputs.map((name) => [name, toTensor(name, results[name]!)]));
}

function toSession(native: InferenceSession, onClose: (session: Session) => void): Session {
  const queue = new RunQueue();
  let released: Promise<void> | undefined;
  const facts = {
    inputs: native.inputMetadata.map(toFacts),
    outputs: native.outputMetadata.map(toFacts),
  };
  const session: Session = {
    ...facts,
    async run(inputs, outputs, signal) {
      queue.checkOpen();
      checkRun(facts, inputs, outputs);
      const feeds = Object.entries(inputs).map(([name, { dims, values }]) => {
        return [name, new OrtTensor('float32', values.slice(), dims)] as const;
      });
      return queue.enter(() => runNative(native, Object.fromEntries(feeds), outputs), signal);
    },
    close() {
      onClose(session);
      released ??= queue.close().then(() => native.release());
      return released;
    },
  };
  return session;
}

/** ONNX Runtime through its Node binding: on any processor. A run blocks its thread and cannot be ended. */
export function openNodeRuntime(): Runtime {
  const sessions = new SessionSet<Session>();
  return {
    name: 'onnxruntime-node',
    version: env.versions.node ?? 'unknown',
    cancellable: false,
    open: (model, settings) =>
      sessions.add(async () => {
        const options = toOptions(settings);
        const native = await asFault('loading', () => InferenceSession.create(model, options));
        return toSession(native, (session) => sessions.forget(session));
      }),
    close: () => sessions.close(),
  };
}
