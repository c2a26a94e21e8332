import { decodeModel } from '../../../models/onnx/model-file.ts';
import { ProtobufError } from '../../../models/onnx/wire.ts';

/** Operator that stands for a compiled graph. */
const compiled = { opType: 'EPContext', domain: 'com.microsoft' } as const;

function violationOf(bytes: Uint8Array): string | undefined {
  const nodes = decodeModel(bytes).graph?.node ?? [];
  const left = nodes.filter(({ opType, domain }) => {
    return opType !== compiled.opType || domain !== compiled.domain;
  });
  if (left.length > 0)
    return `TensorRT left ${left.length} operators to others: ${left[0]?.opType}`;
  if (nodes.length !== 1) return `it has ${nodes.length} engines, not one`;
  const embedded = nodes[0]?.attribute.find(({ name }) => name === 'embed_mode')?.i;
  return embedded === 1n ? undefined : 'its engine lies in another file';
}

/**
 * Why a file that TensorRT has written is not one whole network in one engine, embedded, that needs nothing outside its
 * own bytes; undefined where it is.
 */
export function compiledGraphViolation(bytes: Uint8Array): string | undefined {
  try {
    return violationOf(bytes);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return `it is no ONNX file: ${error.message}`;
  }
}
