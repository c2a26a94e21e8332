import type { Tensor } from '../session/session-port.ts';

/** A body and the headers that belong to it. */
export interface EncodedRequest {
  headers: Record<string, string>;
  body: Buffer;
}

/** Name of the server extension that lets tensors follow the JSON as bytes. */
export const binaryExtension = 'binary_tensor_data';

/** Header that says how many bytes of a body are JSON; the tensors follow. "Binary Tensor Data Extension". */
export const jsonLengthHeader = 'inference-header-content-length';

type Inputs = Readonly<Record<string, Tensor>>;

/** The extension wants little-endian values, row by row, which is what every supported machine has in memory. */
function bytesOf({ values }: Tensor): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** "Inference Request JSON Object": values as numbers. */
export function encodeJson(inputs: Inputs, outputs: readonly string[]): EncodedRequest {
  const message = {
    inputs: Object.entries(inputs).map(([name, { dims, values }]) => {
      return { name, shape: dims, datatype: 'FP32', data: Array.from(values) };
    }),
    outputs: outputs.map((name) => ({ name })),
  };
  return {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(message)),
  };
}

/** The same with values as bytes after the JSON, and the answer's outputs wanted so too. */
export function encodeBinary(inputs: Inputs, outputs: readonly string[]): EncodedRequest {
  const message = {
    inputs: Object.entries(inputs).map(([name, { dims, values }]) => {
      const parameters = { binary_data_size: values.byteLength };
      return { name, shape: dims, datatype: 'FP32', parameters };
    }),
    outputs: outputs.map((name) => ({ name, parameters: { binary_data: true } })),
  };
  const json = Buffer.from(JSON.stringify(message));
  return {
    headers: {
      'content-type': 'application/octet-stream',
      [jsonLengthHeader]: String(json.length),
    },
    body: Buffer.concat([json, ...Object.values(inputs).map(bytesOf)]),
  };
}
