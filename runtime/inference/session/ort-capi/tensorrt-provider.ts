import { makeTexts } from './native-memory.ts';
import { type OrtEnvironment, takeText } from './ort-environment.ts';
import { OrtError, type OrtLibrary } from './ort-library.ts';

type Options = Readonly<Record<string, string>>;

/** `key=value;key=value`, as the provider writes its options down. */
function parseOptions(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').map((pair) => [pair, pair.indexOf('=')] as const);
  return new Map(pairs.map(([pair, at]) => [pair.slice(0, at), pair.slice(at + 1)]));
}

/** Numbers may be written in another way than they were given. */
function isSame(given: string, held: string | undefined): boolean {
  if (held === given) return true;
  return held !== undefined && held !== '' && given !== '' && Number(held) === Number(given);
}

/** The options that were given and that the provider, by what it says of itself, does not hold. */
export function missingOptions(given: Options, said: string): string[] {
  const held = parseOptions(said);
  return Object.entries(given)
    .filter(([key, value]) => !isSame(value, held.get(key)))
    .map(([key, value]) => `${key}=${value} (it holds ${held.get(key) ?? 'nothing'})`);
}

function update(library: OrtLibrary, provider: bigint, options: Options): void {
  const [keys, values] = [makeTexts(Object.keys(options)), makeTexts(Object.values(options))];
  try {
    const count = Object.keys(options).length;
    library.check('UpdateTensorRTProviderOptions', provider, keys.address, values.address, count);
  } finally {
    keys.free();
    values.free();
  }
}

/** Gives the options, and reads them back: a provider of another version may take a key and drop it. */
function configure(environment: OrtEnvironment, provider: bigint, options: Options): void {
  const { library, allocator } = environment;
  update(library, provider, options);
  const text = library.get('GetTensorRTProviderOptionsAsString', provider, allocator);
  const missing = missingOptions(options, takeText(environment, text));
  if (missing.length > 0) throw new OrtError(`options that were dropped: ${missing.join(', ')}`);
}

/** Puts TensorRT before the processor. Throws OrtError, in the library's words. */
export function appendTensorRt(
  environment: OrtEnvironment,
  sessionOptions: bigint,
  options: Options,
): void {
  const { library } = environment;
  const provider = library.get('CreateTensorRTProviderOptions');
  try {
    configure(environment, provider, options);
    library.check('SessionOptionsAppendExecutionProvider_TensorRT_V2', sessionOptions, provider);
  } finally {
    library.call('ReleaseTensorRTProviderOptions', provider);
  }
}
