import type { Tensor, TensorFacts } from '../session-port.ts';
import { copyFloats, type NativeMemory, type NativeTexts } from './native-memory.ts';
import type { OrtEnvironment } from './ort-environment.ts';
import { float32, readDims } from './ort-facts.ts';
import type { OrtLibrary } from './ort-library.ts';
import type { SlabPool } from './slab-pool.ts';

/** Bytes that tensors are aligned to: a line of the processor's cache. */
const alignment = 64;

/** What is run: an OrtSession with the names of its tensors. */
export interface OpenedNetwork {
  environment: OrtEnvironment;
  session: bigint;
  inputs: readonly TensorFacts[];
  inputNames: NativeTexts;
  outputs: readonly TensorFacts[];
  outputNames: NativeTexts;
}

/**
 * Everything that one run shows to native code, in one piece of native memory: pointers to the inputs' OrtValues, to
 * the outputs' names and to the outputs' OrtValues, then the inputs' elements.
 */
export interface RunMemory {
  slab: NativeMemory;
  tensors: readonly { address: bigint; bytes: number; dims: readonly number[] }[];
  outputs: readonly string[];
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Copies the inputs into native memory. They have been checked. */
export function prepareRun(
  { inputs: facts, outputs: known, outputNames }: OpenedNetwork,
  pool: SlabPool,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): RunMemory {
  const given = facts.map(({ name }) => inputs[name]!);
  const first = align((given.length + 2 * outputs.length) * 8);
  const slab = pool.take(given.reduce((sum, { values }) => sum + align(values.byteLength), first));
  let offset = first;
  const tensors = given.map(({ dims, values }) => {
    const at = offset;
    slab.write(values, at);
    offset += align(values.byteLength);
    return { address: slab.address + BigInt(at), bytes: values.byteLength, dims };
  });
  for (const [at, name] of outputs.entries()) {
    const place = known.findIndex((each) => each.name === name);
    slab.setPointer(given.length + at, outputNames.pointer(place));
  }
  return { slab, tensors, outputs };
}

function makeValues({ library, memory }: OrtEnvironment, { slab, tensors }: RunMemory): void {
  for (const [at, { address, bytes, dims }] of tensors.entries()) {
    const sizes = BigInt64Array.from(dims, BigInt);
    const value = library.get(
      'CreateTensorWithDataAsOrtValue',
      memory,
      address,
      bytes,
      sizes,
      sizes.length,
      float32,
    );
    slab.setPointer(at, value);
  }
}

function readValue(library: OrtLibrary, value: bigint): Tensor {
  const shape = library.get('GetTensorTypeAndShape', value);
  try {
    const dims = readDims(library, shape);
    const count = dims.reduce((product, size) => product * size, 1);
    return { dims, values: copyFloats(library.get('GetTensorMutableData', value), count) };
  } finally {
    library.call('ReleaseTensorTypeAndShapeInfo', shape);
  }
}

/** Places of the pointers to OrtValues: those of the inputs, and those of the outputs. */
function placesOf({ tensors, outputs }: RunMemory): { own: number[]; given: number[] } {
  const first = tensors.length + outputs.length;
  return { own: tensors.map((_, at) => at), given: outputs.map((_, at) => first + at) };
}

function releaseValues(library: OrtLibrary, run: RunMemory): void {
  const { own, given } = placesOf(run);
  for (const place of [...own, ...given]) {
    const value = run.slab.pointer(place);
    if (value) library.call('ReleaseValue', value);
  }
}

async function callRun(
  { environment: { library }, session, inputNames }: OpenedNetwork,
  { slab, tensors, outputs }: RunMemory,
  options: bigint,
): Promise<void> {
  const at = (place: number) => slab.address + BigInt(place * 8);
  await library.checkAside(
    'Run',
    session,
    options,
    inputNames.address,
    slab.address,
    tensors.length,
    at(tensors.length),
    outputs.length,
    at(tensors.length + outputs.length),
  );
}

/** Runs on another thread; `signal` ends it between two nodes of the graph. Throws OrtError. */
export async function runPrepared(
  network: OpenedNetwork,
  run: RunMemory,
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  const { library } = network.environment;
  const { own, given } = placesOf(run);
  for (const place of [...own, ...given]) run.slab.setPointer(place, 0n);
  const options = library.get('CreateRunOptions');
  const end = () => library.check('RunOptionsSetTerminate', options);
  try {
    makeValues(network.environment, run);
    signal?.addEventListener('abort', end);
    await callRun(network, run, options);
    const read = given.map((place) => readValue(library, run.slab.pointer(place)));
    return Object.fromEntries(run.outputs.map((name, at) => [name, read[at]!]));
  } finally {
    signal?.removeEventListener('abort', end);
    library.call('ReleaseRunOptions', options);
    releaseValues(library, run);
  }
}
