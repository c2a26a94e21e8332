import { ScansideError } from '../../device/errors.ts';
import type { Manifest, ModelInput } from '../../models/manifest.ts';
import type { Runtime, Session, SessionSettings, Tensor } from './session/session-port.ts';

type Network = Pick<Manifest['network'], 'input' | 'outputs'>;

/** What a network answers to one input, in the order of the manifest's findings. */
export interface ModelOutput {
  logits: Float32Array;
  /** One class activation map for each logit, row by row, one after the other. */
  cam: { rows: number; columns: number; values: Float32Array } | undefined;
  embedding: Float32Array | undefined;
  /** Mask logits on a grid over the input, row by row, one finding after the other. */
  mask: { rows: number; columns: number; values: Float32Array } | undefined;
}

/** A network ready to run. Only the engine's child process may hold one: native code runs in it. */
export interface Model {
  /** Takes preprocessed inputs, any number of them; answers in their order. Throws MODEL_FAULT. */
  run(inputs: readonly Float32Array[]): Promise<ModelOutput[]>;
  release(): Promise<void>;
}

/** Dimensions of one input after the batch: channels, rows and columns; of a volume a channel more. */
function shapeOf({ kind, slices, rows, columns }: ModelInput): number[] {
  return kind === 'volume' ? [1, slices, rows, columns] : [slices, rows, columns];
}

function namesOf(outputs: Network['outputs']): string[] {
  return Object.values(outputs).filter((name) => name !== undefined);
}

/** The network must have what the manifest names, neither more inputs nor another size. */
function checkSignature(session: Session, { input, outputs }: Network): void {
  const shape = session.inputs[0]?.dims.slice(1).join('x') ?? 'none';
  const names = session.inputs.map(({ name }) => name).join();
  if (names !== input.name || shape !== shapeOf(input).join('x'))
    throw new ScansideError('MODEL_FAULT', `the input is ${names} ${shape}`);
  for (const name of namesOf(outputs))
    if (!session.outputs.some((output) => output.name === name))
      throw new ScansideError('MODEL_FAULT', `there is no output ${name}`);
}

function concatenate(inputs: readonly Float32Array[], size: number): Float32Array {
  const all = new Float32Array(inputs.length * size);
  for (const [at, input] of inputs.entries()) all.set(input, at * size);
  return all;
}

/** The part of an output that belongs to each of `count` inputs, and the dimensions after the batch. */
function divide(
  results: Readonly<Record<string, Tensor>>,
  name: string,
  count: number,
): { parts: Float32Array[]; dims: readonly number[] } {
  const output = results[name];
  if (output?.dims[0] !== count)
    throw new ScansideError('MODEL_FAULT', `the output ${name} is not float32 for each input`);
  const { values } = output;
  const size = values.length / count;
  const parts = Array.from({ length: count }, (_, at) => values.slice(at * size, (at + 1) * size));
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

function gridOf(values: Float32Array, dims: readonly number[]): NonNullable<ModelOutput['mask']> {
  const [rows = 0, columns = 0] = dims.slice(-2);
  return { rows, columns, values };
}

function readOutputs(
  results: Readonly<Record<string, Tensor>>,
  { logits, cam, embedding, mask }: Network['outputs'],
  count: number,
): ModelOutput[] {
  const answers = divide(results, logits, count).parts;
  const maps = cam === undefined ? undefined : divide(results, cam, count);
  const embeddings = embedding === undefined ? undefined : divide(results, embedding, count).parts;
  const masks = mask === undefined ? undefined : divide(results, mask, count);
  const [rows = 0, columns = 0] = maps?.dims.slice(-2) ?? [];
  const mapOf = (values: Float32Array | undefined, heads: number) =>
    values && { rows, columns, values: flatten(values, heads, rows * columns) };
  return answers.map((answer, at) => ({
    logits: answer,
    cam: mapOf(maps?.parts[at], answer.length),
    embedding: embeddings?.[at],
    mask: masks && gridOf(masks.parts[at]!, masks.dims),
  }));
}

/** Opens a graph from bytes that have been checked against the manifest. Throws MODEL_FAULT. */
export async function openModel(
  bytes: Uint8Array,
  network: Network,
  runtime: Runtime,
  settings: SessionSettings,
): Promise<Model> {
  const session = await runtime.open(bytes, settings);
  try {
    checkSignature(session, network);
  } catch (error) {
    await session.close();
    throw error;
  }
  const { input, outputs } = network;
  const shape = shapeOf(input);
  const size = shape.reduce((product, length) => product * length, 1);
  const wanted = namesOf(outputs);
  const runBatch = async (inputs: readonly Float32Array[]): Promise<ModelOutput[]> => {
    const tensor = { values: concatenate(inputs, size), dims: [inputs.length, ...shape] };
    const results = await session.run({ [input.name]: tensor }, wanted);
    return readOutputs(results, outputs, inputs.length);
  };
  return {
    async run(inputs) {
      const answers: ModelOutput[] = [];
      for (let at = 0; at < inputs.length; at += input.batch)
        answers.push(...(await runBatch(inputs.slice(at, at + input.batch))));
      return answers;
    },
    release: () => session.close(),
  };
}
