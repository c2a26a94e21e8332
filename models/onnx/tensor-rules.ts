import { dataTypes, type GraphProto, type TensorProto } from './proto.ts';
import { quote } from './quote.ts';
import { countElements, elementSizes } from './tensor.ts';

/** Initializers and the tensors that attributes hold. */
export function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const { attribute } of graph.node)
    for (const { t, tensors } of attribute) {
      if (t) yield t;
      yield* tensors;
    }
}

/** Which of the lists holds the values of a type where they do not lie in raw_data (onnx.proto, TensorProto). */
function listed(tensor: TensorProto): readonly unknown[] | undefined {
  const { float32, float64, int64, uint32, uint64 } = dataTypes;
  if (tensor.dataType === float32) return tensor.floatData;
  if (tensor.dataType === float64) return tensor.doubleData;
  if (tensor.dataType === int64) return tensor.int64Data;
  const wide = tensor.dataType === uint32 || tensor.dataType === uint64;
  return wide ? tensor.uint64Data : tensor.int32Data;
}

/** Elements that the tensor holds; undefined where it holds them in more than one place, or in a wrong one. */
function countHeld(tensor: TensorProto): number | undefined {
  const { floatData, int32Data, int64Data, doubleData, uint64Data } = tensor;
  const lists = [floatData, int32Data, int64Data, doubleData, uint64Data];
  const filled = lists.filter(({ length }) => length > 0);
  const own = listed(tensor) ?? [];
  if (filled.some((list) => list !== own)) return undefined;
  if (!tensor.rawData) return own.length;
  const elements = tensor.rawData.length / (elementSizes[tensor.dataType ?? 0] ?? 1);
  return own.length === 0 ? elements : undefined;
}

/** A tensor is of a type that networks compute with. */
export function typeViolation({ name, dataType = 0, stringData }: TensorProto): string | undefined {
  if (dataType === dataTypes.string || stringData.length > 0)
    return `the model must not hold texts: ${quote(name)}`;
  if (elementSizes[dataType] !== undefined) return undefined;
  return `the model must not hold tensors of type ${dataType}: ${quote(name)}`;
}

/** The bytes are as many as the dimensions declare. */
export function sizeViolation(tensor: TensorProto): string | undefined {
  const { name, dims, segment } = tensor;
  if (dims.some((dim) => dim < 0n)) return `dimensions must not be negative: ${quote(name)}`;
  if (segment) return `a tensor must not come in segments: ${quote(name)}`;
  const declared = countElements(tensor);
  const held = countHeld(tensor);
  return held === declared
    ? undefined
    : `${quote(name)} must hold the ${declared} values that it declares, not ${held}`;
}

/** By type: offset and mask of the bytes whose bits are all set in an infinity or a NaN, low byte first. */
const exponents: Readonly<Record<number, readonly (readonly [offset: number, mask: number])[]>> = {
  [dataTypes.float32]: [
    [3, 0x7f],
    [2, 0x80],
  ],
  [dataTypes.float64]: [
    [7, 0x7f],
    [6, 0xf0],
  ],
  [dataTypes.float16]: [[1, 0x7c]],
  [dataTypes.bfloat16]: [
    [1, 0x7f],
    [0, 0x80],
  ],
};

function isFiniteRaw(bytes: Uint8Array, type: number): boolean {
  const tests = exponents[type];
  const size = elementSizes[type] ?? 1;
  if (!tests) return true;
  const [[high, highMask], [low, lowMask] = [high, highMask]] = tests as [
    readonly [number, number],
    (readonly [number, number])?,
  ];
  for (let at = 0; at + size <= bytes.length; at += size)
    if ((bytes[at + high]! & highMask) === highMask && (bytes[at + low]! & lowMask) === lowMask)
      return false;
  return true;
}

/** Halves and bfloat16 numbers may also be listed as the integers of their bits. */
function isFiniteListed({ dataType = 0, floatData, doubleData, int32Data }: TensorProto): boolean {
  const tests = exponents[dataType];
  const isFiniteBits = (bits: number) =>
    !tests || tests.some(([offset, mask]) => ((bits >> (8 * offset)) & mask) !== mask);
  return (
    floatData.every(Number.isFinite) &&
    doubleData.every(Number.isFinite) &&
    (dataType === dataTypes.float32 ||
      dataType === dataTypes.float64 ||
      int32Data.every(isFiniteBits))
  );
}

/** No weight is infinite or no number at all. */
export function finiteViolation(tensor: TensorProto): string | undefined {
  const raw = tensor.rawData ? isFiniteRaw(tensor.rawData, tensor.dataType ?? 0) : true;
  return raw && isFiniteListed(tensor)
    ? undefined
    : `every value of the model must be finite: ${quote(tensor.name)}`;
}
