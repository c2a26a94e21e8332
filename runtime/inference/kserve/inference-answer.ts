import { ScansideError } from '../../../device/errors.ts';
import type { Tensor, TensorFacts } from '../session/session-port.ts';
import {
  type InferenceResponse,
  inferenceResponse,
  readMessage,
  type ResponseOutput,
  serverFault,
} from './protocol.ts';
import { countValues, fits, type FreeSizes } from './tensor-check.ts';

/** What an answer must be the answer to. */
export interface Asked {
  model: string;
  /** Undefined where the server has no versions. */
  version: string | undefined;
  outputs: readonly TensorFacts[];
  /** Sizes of free dimensions in this run. */
  sizes: FreeSizes;
}

const answer = 'the inference response';

/** The JSON and what follows it. `jsonLength` is the header's value; without it all is JSON. */
function split(body: Buffer, jsonLength: string | undefined): [Buffer, Buffer] {
  if (jsonLength === undefined) return [body, body.subarray(body.length)];
  const length = /^\d{1,12}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (!(length <= body.length)) throw serverFault(`${answer} is shorter than its header says`);
  return [body.subarray(0, length), body.subarray(length)];
}

/** Flat or nested as the shape; both are allowed. */
function fromNumbers(data: readonly unknown[], { name, shape }: ResponseOutput): Float32Array {
  const flat = data.flat(shape.length);
  if (flat.length !== countValues(shape) || !flat.every((value) => typeof value === 'number'))
    throw serverFault(`the output ${name} does not hold one number for each value of its shape`);
  return Float32Array.from(flat);
}

function fromBytes(bytes: Buffer, { name, shape }: ResponseOutput): Float32Array {
  if (bytes.length !== 4 * countValues(shape))
    throw serverFault(`the output ${name} does not hold four bytes for each value of its shape`);
  // A copy of its own: views of float32 need an offset that is a multiple of four.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Values of each output by name; binary ones follow each other in the order of the JSON. */
function readValues({ outputs }: InferenceResponse, binary: Buffer): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  let at = 0;
  for (const output of outputs) {
    const { name, shape: dims, data, parameters, datatype } = output;
    if (found.has(name)) throw serverFault(`the output ${name} comes twice`);
    if (datatype !== 'FP32') throw serverFault(`the output ${name} is ${datatype}, not FP32`);
    const size = parameters?.binary_data_size;
    const bytes = binary.subarray(at, (at += size ?? 0));
    if ((size === undefined) !== (data !== undefined))
      throw serverFault(`the output ${name} must come as numbers or as bytes`);
    found.set(name, { dims, values: data ? fromNumbers(data, output) : fromBytes(bytes, output) });
  }
  if (at !== binary.length) throw serverFault(`${answer} has ${binary.length} bytes, not ${at}`);
  return found;
}

/** An answer of another model, or of a version that was loaded after ours was checked, is none. */
function checkOrigin(told: InferenceResponse, { model, version }: Asked): void {
  if (told.model_name === model && (version === undefined || told.model_version === version))
    return;
  const from = `${told.model_name}, version ${told.model_version ?? 'unknown'}`;
  const what = `${model}, version ${version ?? 'unknown'}, was asked and ${from} answered`;
  throw new ScansideError('MODEL_MISMATCH', what);
}

/**
 * Reads the answer to a run. Every value is finite and every shape is the network's. Throws INFERENCE_SERVER_FAULT,
 * and MODEL_MISMATCH where another model or version has answered.
 */
export function decodeAnswer(
  body: Buffer,
  jsonLength: string | undefined,
  asked: Asked,
): Record<string, Tensor> {
  const [json, binary] = split(body, jsonLength);
  const told = readMessage(answer, inferenceResponse, json);
  checkOrigin(told, asked);
  const found = readValues(told, binary);
  return Object.fromEntries(
    asked.outputs.map((facts) => {
      const tensor = found.get(facts.name);
      if (!tensor) throw serverFault(`the output ${facts.name} is missing`);
      if (!fits(facts, tensor.dims, asked.sizes))
        throw serverFault(`the output ${facts.name} is [${tensor.dims.join(', ')}]`);
      if (!tensor.values.every(Number.isFinite))
        throw serverFault(`the output ${facts.name} holds a value that is no number`);
      return [facts.name, tensor];
    }),
  );
}
