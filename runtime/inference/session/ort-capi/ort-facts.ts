import koffi from 'koffi';
import { unnamed } from '../run-check.ts';
import type { TensorFacts } from '../session-port.ts';
import { type OrtEnvironment, takeText } from './ort-environment.ts';
import type { OrtLibrary } from './ort-library.ts';

/** ONNXTensorElementDataType, in its order. */
const elementTypes = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
] as const;

export const float32 = elementTypes.indexOf('float32');

/** Dimensions of a tensor's shape; one that is free is negative. */
export function readDims(library: OrtLibrary, shape: bigint): number[] {
  const count = Number(library.get('GetDimensionsCount', shape));
  const dims = new BigInt64Array(new ArrayBuffer(8 * count));
  if (count > 0) library.check('GetDimensions', shape, dims, count);
  return [...dims].map(Number);
}

/** The names of a shape's dimensions, which belong to the shape; empty for those that have none. */
function readNames(library: OrtLibrary, shape: bigint, count: number): string[] {
  const names = new BigUint64Array(new ArrayBuffer(8 * count));
  if (count > 0) library.check('GetSymbolicDimensions', shape, names, count);
  return [...names].map((name) => koffi.decode.string(name));
}

export function readElementType(library: OrtLibrary, shape: bigint): number {
  const type = new Int32Array(new ArrayBuffer(4));
  library.check('GetTensorElementType', shape, type);
  return type[0]!;
}

function describe(library: OrtLibrary, name: string, type: bigint): TensorFacts {
  const shape = library.get('CastTypeInfoToTensorInfo', type);
  if (!shape) return { name, type: 'no tensor', dims: [] };
  const element = readElementType(library, shape);
  const sizes = readDims(library, shape);
  const names = readNames(library, shape, sizes.length);
  const dims = sizes.map((size, at) => (size < 0 ? names[at] || unnamed : size));
  return { name, type: elementTypes[element] ?? `type ${element}`, dims };
}

const questions = {
  inputs: ['SessionGetInputCount', 'SessionGetInputName', 'SessionGetInputTypeInfo'],
  outputs: ['SessionGetOutputCount', 'SessionGetOutputName', 'SessionGetOutputTypeInfo'],
} as const;

/** Names, types and dimensions of what a session takes or gives. */
export function readFacts(
  environment: OrtEnvironment,
  session: bigint,
  side: keyof typeof questions,
): TensorFacts[] {
  const { library, allocator } = environment;
  const [count, name, type] = questions[side];
  return Array.from({ length: Number(library.get(count, session)) }, (_, at) => {
    const text = takeText(environment, library.get(name, session, at, allocator));
    const info = library.get(type, session, at);
    try {
      return describe(library, text, info);
    } finally {
      library.call('ReleaseTypeInfo', info);
    }
  });
}

function readKeys(environment: OrtEnvironment, metadata: bigint): string[] {
  const { library, allocator } = environment;
  const [keys, count] = [
    new BigUint64Array(new ArrayBuffer(8)),
    new BigInt64Array(new ArrayBuffer(8)),
  ];
  library.check('ModelMetadataGetCustomMetadataMapKeys', metadata, allocator, keys, count);
  if (!keys[0]) return [];
  const list = new BigUint64Array(koffi.view(keys[0], Number(count[0]) * 8)).slice();
  library.check('AllocatorFree', allocator, keys[0]);
  return [...list].map((key) => takeText(environment, key));
}

/** The `metadata_props` of a session's model. */
export function readMetadata(environment: OrtEnvironment, session: bigint): Record<string, string> {
  const { library, allocator } = environment;
  const metadata = library.get('SessionGetModelMetadata', session);
  try {
    const entries = readKeys(environment, metadata).map((key) => {
      const value = library.get('ModelMetadataLookupCustomMetadataMap', metadata, allocator, key);
      return [key, takeText(environment, value)] as const;
    });
    return Object.fromEntries(entries);
  } finally {
    library.call('ReleaseModelMetadata', metadata);
  }
}
