import { dataTypes, type TensorProto } from './proto.ts';

/** Bytes of one element by data type; what is missing here cannot be told by its size alone. */
export const elementSizes: Readonly<Record<number, number>> = {
  [dataTypes.float32]: 4,
  [dataTypes.uint8]: 1,
  [dataTypes.int8]: 1,
  [dataTypes.uint16]: 2,
  [dataTypes.int16]: 2,
  [dataTypes.int32]: 4,
  [dataTypes.int64]: 8,
  [dataTypes.bool]: 1,
  [dataTypes.float16]: 2,
  [dataTypes.float64]: 8,
  [dataTypes.uint32]: 4,
  [dataTypes.uint64]: 8,
  [dataTypes.bfloat16]: 2,
};

/** Number of elements that the dimensions declare; 1 for a scalar. */
export function countElements({ dims }: Pick<TensorProto, 'dims'>): number {
  return dims.reduce((product, dim) => product * Number(dim), 1);
}

/** The values of a float32 tensor, copied: ONNX aligns nothing. Throws RangeError for any other type. */
export function readFloats(tensor: TensorProto): Float32Array {
  if (tensor.dataType !== dataTypes.float32)
    throw new RangeError(`${tensor.name} is no float32 tensor`);
  const raw = tensor.rawData;
  if (!raw) return Float32Array.from(tensor.floatData);
  return new Float32Array(Uint8Array.from(raw).buffer);
}

type Elements = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

function typeOf(values: Elements): number {
  if (values instanceof Float32Array) return dataTypes.float32;
  if (values instanceof Int8Array) return dataTypes.int8;
  if (values instanceof Uint8Array) return dataTypes.uint8;
  return values instanceof Int32Array ? dataTypes.int32 : dataTypes.int64;
}

/** A tensor that holds the values of the array, which must not change afterwards. */
export function makeTensor(
  name: string,
  dims: readonly number[],
  values: Elements,
): TensorProto & { name: string } {
  return {
    name,
    dims: dims.map(BigInt),
    dataType: typeOf(values),
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    floatData: [],
    int32Data: [],
    stringData: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    externalData: [],
    metadataProps: [],
  };
}
