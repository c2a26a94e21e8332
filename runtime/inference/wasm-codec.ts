import { createRequire } from 'node:module';
import type { Codec, Decoder, default as Make } from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { disk } from '../../device/files.ts';
import type { Decode } from './codec.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { Samples, Words } from './samples.ts';
import { unreadable } from './unreadable-image.ts';

/** A codec compiled to WebAssembly. */
export interface WasmPackage {
  /** Its glue. */
  load(): Promise<{ default: typeof Make }>;
  /** Its code, as a package path. */
  code: string;
  /** Name of its decoder class. */
  decoder: string;
}

/** How the decoder's answer is to be understood, known from the codestream before it runs. */
export interface Expectation {
  precision: number;
  signed: boolean;
  lossy: boolean;
}

const require = createRequire(import.meta.url);
const compiled = new Map<string, WebAssembly.Module>();

/** Compiled once a process; compiling takes as long as decoding a small image. */
function compile(code: string): WebAssembly.Module {
  const known = compiled.get(code);
  if (known) return known;
  const module = new WebAssembly.Module(new Uint8Array(disk.readBytes(require.resolve(code))));
  compiled.set(code, module);
  return module;
}

/** What an instance starts with and keeps for tables. */
const ground = 64 << 20;
/** More than any decoder here takes for a sample: integers of the image, of the tile and of the block, and slack. */
const bytesPerSample = 32;

/** Bytes that a codec may take for this frame. Beyond them its allocations fail, and so does the frame. */
function memoryFor(frame: Uint8Array, { rows, columns, samples }: PixelFormat): number {
  return ground + 2 * frame.length + bytesPerSample * rows * columns * samples;
}

/** The memory of one instance grows through this object alone. */
function limitGrowth({ exports }: WebAssembly.Instance, limit: () => number): void {
  const memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
  if (!memory) throw new Error('the codec exports no memory');
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * 65_536 > limit()) throw new RangeError('memory limit');
    return grow(pages);
  };
}

/** One life of a codec. It serves one image: no image can leave anything behind for the next. */
interface Life {
  codec: Codec;
  limit: number;
  /** What the codec has complained of. */
  complaints: string[];
}

async function begin({ load, code }: WasmPackage): Promise<Life> {
  const { default: make } = await load();
  const module = compile(code);
  const life: Life = { codec: {}, limit: ground, complaints: [] };
  life.codec = await make({
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      limitGrowth(instance, () => life.limit);
      receive(instance, module);
      return instance.exports;
    },
    print: (line) => complain(life, line),
    printErr: (line) => complain(life, line),
  });
  return life;
}

/** Some decoders say that they have failed and return nothing, or half an image. */
function complain({ complaints }: Life, line: string): void {
  if (/error|failed|abort/i.test(line)) complaints.push(line.slice(0, 100));
}

function wordsOf(bytes: Uint8Array, { precision, signed }: Expectation): Words {
  const copy = bytes.slice();
  if (precision <= 8) return signed ? new Int8Array(copy.buffer) : copy;
  return signed ? new Int16Array(copy.buffer) : new Uint16Array(copy.buffer);
}

/** Runs the decoder once. Throws whatever it throws. */
function runDecoder(
  life: Life,
  decoder: Decoder,
  frame: Uint8Array,
  format: PixelFormat,
): Uint8Array {
  life.complaints.length = 0;
  decoder.getEncodedBuffer(frame.length).set(frame);
  decoder.decode();
  if (life.complaints.length > 0) throw new Error(life.complaints.join('; '));
  const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo();
  const bytes = decoder.getDecodedBuffer();
  const due = format.rows * format.columns * format.samples * (bitsPerSample > 8 ? 2 : 1);
  if (
    width !== format.columns ||
    height !== format.rows ||
    componentCount !== format.samples ||
    bytes.length !== due
  )
    throw new Error(`it made ${bytes.length} bytes of ${height} × ${width} × ${componentCount}`);
  return bytes;
}

/** What was encoded without loss comes out within its depth. Anything else is damage that the codec went over. */
function checkRange(words: Words, { precision, signed }: Expectation): void {
  const half = 2 ** (precision - 1);
  const [low, high] = signed ? [-half, half - 1] : [0, 2 * half - 1];
  if (words.some((word) => word < low || word > high))
    throw new Error(`a sample has more than ${precision} bits`);
}

/**
 * A decoder for the frames of one image. `examine` checks the codestream before the codec sees it, and says what it
 * is. After any failure the instance is thrown away with its memory.
 */
export function openWasmCodec(
  from: WasmPackage,
  examine: (frame: Uint8Array, format: PixelFormat) => Expectation,
): Decode {
  let life: Life | undefined;
  return async (frame, format): Promise<Samples> => {
    const expectation = examine(frame, format);
    const { precision, signed, lossy } = expectation;
    life ??= await begin(from);
    try {
      life.limit = Math.max(life.limit, memoryFor(frame, format));
      const decoder = new life.codec[from.decoder]!();
      const words = wordsOf(runDecoder(life, decoder, frame, format), expectation);
      decoder.delete();
      if (!lossy) checkRange(words, expectation);
      const bits = Math.min(precision, format.bitsStored);
      const overshoots = lossy && signed === format.signed;
      return { words, highBit: bits - 1, bits, overshoots, planar: false };
    } catch (cause) {
      life = undefined;
      throw unreadable(`the codec failed: ${describe(cause)}`, cause);
    }
  };
}

/** Emscripten throws C++ exceptions as numbers or as objects of its own. */
function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.slice(0, 120) : 'it stopped';
}
