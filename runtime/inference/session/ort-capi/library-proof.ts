import { makeFloatValue, makeModel, makeNode } from '../../../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../../../models/onnx/model-file.ts';
import { appendTensorRt } from './tensorrt-provider.ts';
import { closeEnvironment, openEnvironment, type OrtEnvironment } from './ort-environment.ts';
import { OrtError, OrtLibrary } from './ort-library.ts';
import { makeOptions } from './ort-options.ts';
import { openOrtSession } from './ort-session.ts';
import { misplaced, type OrtName, type OrtRow, ortTable } from './ort-table.ts';

/** What is proved before first use. */
export interface LibraryUse {
  /** Path of a libonnxruntime. */
  library: string;
  provider: 'cpu' | 'tensorrt';
}

const onProcessor = { provider: { name: 'cpu' }, threads: 1 } as const;

function expect(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted)
    throw new OrtError(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

/** A status that is made by one function and read by two others. */
function proveStatus(library: OrtLibrary): void {
  const [code, text] = [2, 'proof: status ✓'];
  const status = library.call('CreateStatus', code, text);
  expect('the code of a status', library.call('GetErrorCode', status), code);
  expect('the text of a status', library.call('GetErrorMessage', status), text);
  library.call('ReleaseStatus', status);
}

function proveBuildInfo(library: OrtLibrary): void {
  const said = library.call('GetBuildInfoString');
  if (!/ORT Build Info/i.test(said)) throw new OrtError(`the build says ${said.slice(0, 40)}`);
}

/** An entry that is written by one function, found by another and read by a third, far behind them in the table. */
function proveEntries(environment: OrtEnvironment): void {
  const { library } = environment;
  const [key, value] = ['session.proof', 'written'];
  const options = makeOptions(environment, { ...onProcessor, entries: { [key]: value } });
  const has = new Int32Array(new ArrayBuffer(4));
  library.check('HasSessionConfigEntry', options, key, has);
  expect('an entry that was written', has[0], 1);
  const [text, length] = [new Uint8Array(64), new BigUint64Array(new ArrayBuffer(8))];
  length[0] = BigInt(text.length);
  library.check('GetSessionConfigEntry', options, key, text, length);
  const read = Buffer.from(text.subarray(0, Number(length[0]) - 1)).toString();
  expect('the entry', read, value);
  library.call('ReleaseSessionOptions', options);
}

/** The smallest network whose answer cannot be had by accident, with a property to be read. */
function makeGoldenModel(): Uint8Array {
  const graph = makeModel({
    name: 'proof',
    node: [makeNode('Relu', { input: ['x'], output: ['y'] })],
    initializer: [],
    input: [makeFloatValue('x', ['batch', 4])],
    output: [makeFloatValue('y', ['batch', 4])],
  });
  return encodeModel({ ...graph, metadataProps: [{ key: 'proof', value: 'golden ✓' }] });
}

async function proveRun(environment: OrtEnvironment): Promise<void> {
  const settings = { ...onProcessor, name: 'proof' };
  const session = await openOrtSession(environment, makeGoldenModel(), settings, () => undefined);
  expect('the input', JSON.stringify(session.inputs[0]?.dims), '["batch",4]');
  expect('the property of the golden model', session.metadata['proof'], 'golden ✓');
  const values = Float32Array.of(-1, 2, -3, 4, 5, -6, 7, -8);
  const { y } = await session.run({ x: { dims: [2, 4], values } }, ['y']);
  expect('the answer of the golden model', y?.values.join(), '0,2,0,4,5,0,7,0');
  await session.close();
}

function proveProvider(environment: OrtEnvironment, provider: LibraryUse['provider']): void {
  if (provider === 'cpu') return;
  const options = makeOptions(environment, onProcessor);
  appendTensorRt(environment, options, {});
  environment.library.call('ReleaseSessionOptions', options);
}

/** Says where it went wrong, so that one knows what is: the library, the table or the provider. */
async function step(what: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new OrtError(`${what}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Proves that a library is ONNX Runtime of a version that is known, that the functions stand where the table says, and
 * that the provider works. Throws OrtError; may also end the process, which is why it has one of its own.
 */
export async function proveLibrary(
  { library: path, provider }: LibraryUse,
  table: Readonly<Record<OrtName, OrtRow>> = ortTable,
): Promise<void> {
  const library = new OrtLibrary(path, table);
  await step(misplaced, () => proveStatus(library));
  await step(misplaced, () => proveBuildInfo(library));
  const environment = openEnvironment(library);
  await step(misplaced, () => proveEntries(environment));
  await step(misplaced, () => proveRun(environment));
  await step(`the provider ${provider} is missing or refuses`, () =>
    proveProvider(environment, provider),
  );
  closeEnvironment(environment);
}
