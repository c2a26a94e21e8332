import { z } from 'zod';
import { ScansideError } from '../../../device/errors.ts';

/**
 * The messages of the Open Inference Protocol, version 2, "HTTP/REST". What a server adds is ignored; what is missing
 * or of another kind is refused.
 */

/** Element types of ONNX by the protocol's name, "Tensor Data Types". */
export const elementTypes: ReadonlyMap<string, string> = new Map([
  ['BOOL', 'bool'],
  ['UINT8', 'uint8'],
  ['UINT16', 'uint16'],
  ['UINT32', 'uint32'],
  ['UINT64', 'uint64'],
  ['INT8', 'int8'],
  ['INT16', 'int16'],
  ['INT32', 'int32'],
  ['INT64', 'int64'],
  ['FP16', 'float16'],
  ['FP32', 'float32'],
  ['FP64', 'float64'],
  ['BF16', 'bfloat16'],
  ['BYTES', 'string'],
]);

const text = z.string().max(1024);
const mostTensors = 64;
const mostDims = 16;

/** "Server Metadata". */
export const serverMetadata = z.object({
  name: text,
  version: text,
  extensions: z.array(text).max(100).default([]),
});

export type ServerMetadata = z.infer<typeof serverMetadata>;

const tensorMetadata = z.object({
  name: text,
  datatype: text,
  /** −1 where the size is free. */
  shape: z.array(z.int().min(-1)).max(mostDims),
});

export type TensorMetadata = z.infer<typeof tensorMetadata>;

const tensors = z.array(tensorMetadata).max(mostTensors).nullish();

/** "Model Metadata". */
export const modelMetadata = z.object({
  name: text,
  versions: z.array(text).max(1000).nullish(),
  inputs: tensors,
  outputs: tensors,
  parameters: z.record(text, z.unknown()).nullish(),
});

export type ModelMetadata = z.infer<typeof modelMetadata>;

/** What matters here of Triton's "Model Configuration Extension". */
export const modelConfiguration = z.object({
  parameters: z.record(text, z.object({ string_value: text.optional() })).optional(),
});

/** An output of an inference response; `data` is absent where the "Binary Tensor Data Extension" carries it. */
const responseOutput = z.object({
  name: text,
  shape: z.array(z.int().min(0)).max(mostDims),
  datatype: text,
  data: z.array(z.unknown()).optional(),
  parameters: z.looseObject({ binary_data_size: z.int().min(0).optional() }).nullish(),
});

export type ResponseOutput = z.infer<typeof responseOutput>;

/** "Inference Response JSON Object". */
export const inferenceResponse = z.object({
  model_name: text,
  model_version: text.nullish(),
  outputs: z.array(responseOutput).max(mostTensors),
});

export type InferenceResponse = z.infer<typeof inferenceResponse>;

const failure = z.object({ error: z.string() });

/** A fault of the server: it refuses, or says what the protocol does not allow. */
export function serverFault(what: string, cause?: unknown): ScansideError {
  return new ScansideError('INFERENCE_SERVER_FAULT', what, { cause });
}

function parseJson(what: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch (cause) {
    throw serverFault(`${what} is not JSON`, cause);
  }
}

/** Reads a message; `what` names it in the error. Throws INFERENCE_SERVER_FAULT. */
export function readMessage<T>(what: string, schema: z.ZodType<T>, body: Uint8Array): T {
  const parsed = schema.safeParse(parseJson(what, body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String).join('.').slice(0, 100) || 'the top';
  throw serverFault(`${what}: ${at}: ${issue?.message.slice(0, 100)}`);
}

/** The server's own words for an error, "Inference Response Errors", or nothing where it has none. */
export function readFailure(body: Uint8Array): string {
  try {
    const { error } = failure.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    return `: ${error.slice(0, 200)}`;
  } catch {
    return '';
  }
}
