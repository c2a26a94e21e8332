import { decode, encode } from './message.ts';
import type { ModelProto } from './proto.ts';
import { modelProto } from './schema.ts';

/**
 * Half a gigabyte of plain values, or a million messages; a large classifier has a few thousand messages, and weights
 * as one value each.
 */
const limits = { weight: 64 << 20, depth: 16 };

/** Reads an ONNX file. Byte values are views into `bytes`. Throws ProtobufError. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decode(bytes, modelProto, limits);
}

/**
 * Writes an ONNX file: equal, byte for byte, to one of the reference implementation that was read, or that it would
 * write of what was read.
 */
export function encodeModel(model: ModelProto): Uint8Array {
  return encode(model, modelProto);
}
