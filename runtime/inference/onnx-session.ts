import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ScansideError } from '../../device/errors.ts';
import type { Manifest } from '../../models/manifest.ts';

/** What a model answers to one image, in the order of the manifest's findings. */
export interface ModelOutput {
  logits: Float32Array;
  /** One class activation map for each logit, row by row, one after the other. */
  cam: { rows: number; columns: number; values: Float32Array };
}

/** A model ready to run. Only the engine's child process may hold one: `run` blocks its thread. */
export interface Model {
  /** Takes one preprocessed image. Throws MODEL_FAULT. */
  run(values: Float32Array): Promise<ModelOutput>;
  release(): Promise<void>;
}

const options: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // The receiver shares the cores: waiting threads must sleep, not spin.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

async function asFault<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ScansideError('MODEL_FAULT', `${doing}: ${why.slice(0, 200)}`, { cause });
  }
}

/** The model must have what the manifest names, neither more inputs nor another size. */
function checkSignature(session: InferenceSession, { input, outputs }: Manifest['model']): void {
  const [first] = session.inputMetadata;
  const shape = first?.isTensor ? first.shape.slice(1).join('x') : 'none';
  if (session.inputNames.join() !== input.name || shape !== `1x${input.rows}x${input.columns}`)
    throw new ScansideError('MODEL_FAULT', `the input is ${session.inputNames.join()} ${shape}`);
  for (const name of Object.values(outputs))
    if (!session.outputNames.includes(name))
      throw new ScansideError('MODEL_FAULT', `there is no output ${name}`);
}

function readFloats(results: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = results[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new ScansideError('MODEL_FAULT', `the output ${name} is not float32`);
}

/** Opens a model from bytes that have been checked against the manifest. Throws MODEL_FAULT. */
export async function openModel(bytes: Uint8Array, model: Manifest['model']): Promise<Model> {
  const session = await asFault('loading', () => InferenceSession.create(bytes, options));
  checkSignature(session, model);
  const { input, outputs } = model;
  const shape = [1, 1, input.rows, input.columns];
  return {
    async run(values) {
      const feeds = { [input.name]: new Tensor('float32', values, shape) };
      const wanted = [outputs.logits, outputs.cam];
      const results = await asFault('running', () => session.run(feeds, wanted));
      const [, , rows = 0, columns = 0] = results[outputs.cam]?.dims ?? [];
      return {
        logits: readFloats(results, outputs.logits),
        cam: { rows, columns, values: readFloats(results, outputs.cam) },
      };
    },
    release: () => session.release(),
  };
}
