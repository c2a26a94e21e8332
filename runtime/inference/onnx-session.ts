import process from 'node:process';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ScansideError } from '../../device/errors.ts';
import type { Manifest, ModelInput } from '../../models/manifest.ts';

type Network = Pick<Manifest['network'], 'input' | 'outputs'>;

/** What a network answers to one input, in the order of the manifest's findings. */
export interface ModelOutput {
  logits: Float32Array;
  /** One class activation map for each logit, row by row, one after the other. */
  cam: { rows: number; columns: number; values: Float32Array } | undefined;
  embedding: Float32Array | undefined;
}

/** A network ready to run. Only the engine's child process may hold one: `run` blocks its thread. */
export interface Model {
  /** Takes preprocessed inputs, any number of them; answers in their order. Throws MODEL_FAULT. */
  run(inputs: readonly Float32Array[]): Promise<ModelOutput[]>;
  release(): Promise<void>;
}

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

/** Does `work`; its failure is a MODEL_FAULT that says what was being done. */
export async function asFault<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ScansideError('MODEL_FAULT', `${doing}: ${why.slice(0, 200)}`, { cause });
  }
}

/** Dimensions of one input after the batch: channels, rows and columns; of a volume a channel more. */
function shapeOf({ kind, slices, rows, columns }: ModelInput): number[] {
  return kind === 'volume' ? [1, slices, rows, columns] : [slices, rows, columns];
}

function namesOf(outputs: Network['outputs']): string[] {
  return Object.values(outputs).filter((name) => name !== undefined);
}

/** The network must have what the manifest names, neither more inputs nor another size. */
function checkSignature(session: InferenceSession, { input, outputs }: Network): void {
  const [first] = session.inputMetadata;
  const shape = first?.isTensor ? first.shape.slice(1).join('x') : 'none';
  if (session.inputNames.join() !== input.name || shape !== shapeOf(input).join('x'))
    throw new ScansideError('MODEL_FAULT', `the input is ${session.inputNames.join()} ${shape}`);
  for (const name of namesOf(outputs))
    if (!session.outputNames.includes(name))
      throw new ScansideError('MODEL_FAULT', `there is no output ${name}`);
}

function concatenate(inputs: readonly Float32Array[], size: number): Float32Array {
  const all = new Float32Array(inputs.length * size);
  for (const [at, input] of inputs.entries()) all.set(input, at * size);
  return all;
}

/** The part of an output that belongs to each of `count` inputs, and the dimensions after the batch. */
function divide(
  results: InferenceSession.OnnxValueMapType,
  name: string,
  count: number,
): { parts: Float32Array[]; dims: readonly number[] } {
  const output = results[name];
  const data = output?.data;
  if (!(data instanceof Float32Array) || output?.dims[0] !== count)
    throw new ScansideError('MODEL_FAULT', `the output ${name} is not float32 for each input`);
  const size = data.length / count;
  const parts = Array.from({ length: count }, (_, at) => data.slice(at * size, (at + 1) * size));
  return { parts, dims: output.dims.slice(1) };
}

/** Averages the planes of a volume's map, so that the mean of what is left is still the logit. */
function flatten(values: Float32Array, heads: number, size: number): Float32Array {
  const planes = values.length / heads / size;
  if (planes === 1) return values;
  const flat = new Float32Array(heads * size);
  for (let at = 0; at < values.length; at++) {
    const head = Math.floor(at / (planes * size));
    flat[head * size + (at % size)]! += values[at]! / planes;
  }
  return flat;
}

function readOutputs(
  results: InferenceSession.OnnxValueMapType,
  { logits, cam, embedding }: Network['outputs'],
  count: number,
): ModelOutput[] {
  const answers = divide(results, logits, count).parts;
  const maps = cam === undefined ? undefined : divide(results, cam, count);
  const embeddings = embedding === undefined ? undefined : divide(results, embedding, count).parts;
  const [rows = 0, columns = 0] = maps?.dims.slice(-2) ?? [];
  const mapOf = (values: Float32Array | undefined, heads: number) =>
    values && { rows, columns, values: flatten(values, heads, rows * columns) };
  return answers.map((answer, at) => ({
    logits: answer,
    cam: mapOf(maps?.parts[at], answer.length),
    embedding: embeddings?.[at],
  }));
}

/** Opens a graph from bytes that have been checked against the manifest. Throws MODEL_FAULT. */
export async function openModel(bytes: Uint8Array, network: Network): Promise<Model> {
  const session = await asFault('loading', () => InferenceSession.create(bytes, sessionOptions));
  checkSignature(session, network);
  const { input, outputs } = network;
  const shape = shapeOf(input);
  const size = shape.reduce((product, length) => product * length, 1);
  const wanted = namesOf(outputs);
  const runBatch = async (inputs: readonly Float32Array[]): Promise<ModelOutput[]> => {
    const tensor = new Tensor('float32', concatenate(inputs, size), [inputs.length, ...shape]);
    const results = await asFault('running', () => session.run({ [input.name]: tensor }, wanted));
    return readOutputs(results, outputs, inputs.length);
  };
  return {
    async run(inputs) {
      const answers: ModelOutput[] = [];
      for (let at = 0; at < inputs.length; at += input.batch)
        answers.push(...(await runBatch(inputs.slice(at, at + input.batch))));
      return answers;
    },
    release: () => session.release(),
  };
}
