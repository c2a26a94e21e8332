import type { PixelFormat } from './pixel-format.ts';
import { unreadable } from './unreadable-image.ts';

export type Words = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array;

/** The samples of one frame as they came out of Pixel Data or of a codec, before they mean anything. */
export interface Samples {
  /** Rows × columns × samples of them. */
  words: Words;
  /** The lowest bit of the highest that counts; the bits above it are somebody else's. */
  highBit: number;
  /** How many bits count, from the high bit down. */
  bits: number;
  /** A lossy codec may overshoot what can be stored; such words are clipped. */
  overshoots: boolean;
  /** Sample after sample instead of pixel after pixel. */
  planar: boolean;
}

/** Samples in one frame. */
export function samplesOf({ rows, columns, samples }: PixelFormat): number {
  return rows * columns * samples;
}

/** Bytes of one uncompressed frame; a fraction where single bits are packed. */
export function nativeFrameBytes(format: PixelFormat): number {
  const count = samplesOf(format);
  // 4:2:2 stores two luminances with one pair of chrominances (PS3.3 C.7.6.3.1.2).
  const share = format.photometric === 'YBR_FULL_422' ? 2 / 3 : 1;
  return (count * share * format.bitsAllocated) / 8;
}

/** Unpacks single bits, the first pixel in the lowest bit (PS3.5 D.4). */
function unpackBits(bytes: Uint8Array, firstBit: number, count: number): Uint8Array {
  const words = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const bit = firstBit + at;
    words[at] = (bytes[bit >>> 3]! >>> (bit & 7)) & 1;
  }
  return words;
}

/** OW travels in pairs of bytes, which big endian turns round whatever they hold (PS3.5 7.3). */
export function swapPairs(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, at) => bytes[at ^ 1] ?? 0);
}

/** Every processor that this runs on is little endian; `set` is many times as fast as a read for each word. */
function readWords(bytes: Uint8Array, size: 2 | 4, littleEndian: boolean): Words {
  const count = Math.floor(bytes.length / size);
  const words = size === 2 ? new Uint16Array(count) : new Uint32Array(count);
  const copy = Buffer.from(words.buffer);
  copy.set(bytes.subarray(0, count * size));
  if (littleEndian) return words;
  if (size === 2) copy.swap16();
  else copy.swap32();
  return words;
}

/** Doubles the chrominances of Y1 Y2 Cb Cr, so that every pixel has its own. */
function expand422(words: Words, count: number): Words {
  const full = new Uint8Array(count);
  for (let pair = 0; 6 * pair < count; pair++)
    for (let half = 0; half < 2; half++) {
      full[6 * pair + 3 * half] = words[4 * pair + half] ?? 0;
      full[6 * pair + 3 * half + 1] = words[4 * pair + 2] ?? 0;
      full[6 * pair + 3 * half + 2] = words[4 * pair + 3] ?? 0;
    }
  return full;
}

function nativeWords(bytes: Uint8Array, format: PixelFormat, littleEndian: boolean): Words {
  if (format.bitsAllocated === 16) return readWords(bytes, 2, littleEndian);
  return format.bitsAllocated === 32 ? readWords(bytes, 4, littleEndian) : bytes;
}

/** The samples of one frame of uncompressed Pixel Data, of which `bytes` may hold several. */
export function readNative(
  bytes: Uint8Array,
  format: PixelFormat,
  littleEndian: boolean,
  frame: number,
): Samples {
  const { bitsStored, highBit, bitsAllocated, planar, photometric } = format;
  const length = nativeFrameBytes(format);
  const [start, end] = [frame * length, (frame + 1) * length];
  if (bytes.length < end)
    throw unreadable(`Pixel Data has ${bytes.length} of ${Math.ceil(end)} bytes`);
  const common = { overshoots: false, planar };
  const count = samplesOf(format);
  if (bitsAllocated === 1)
    return { words: unpackBits(bytes, start * 8, count), highBit: 0, bits: 1, ...common };
  const words = nativeWords(bytes.subarray(start, end), format, littleEndian);
  const full = photometric === 'YBR_FULL_422' ? expand422(words, count) : words;
  return { words: full, highBit, bits: bitsStored, ...common };
}

function extract({ words, highBit, bits }: Samples, signed: boolean): Float32Array {
  const values = new Float32Array(words.length);
  // Shifting the highest stored bit up to the sign bit and back down drops all others and extends the sign.
  const [up, down] = [31 - highBit, 32 - bits];
  for (let at = 0; at < values.length; at++) {
    const word = words[at]! << up;
    values[at] = signed ? word >> down : word >>> down;
  }
  return values;
}

function clip({ words, bits }: Samples, signed: boolean): Float32Array {
  const half = 2 ** (bits - 1);
  const [low, high] = signed ? [-half, half - 1] : [0, 2 * half - 1];
  const values = new Float32Array(words.length);
  for (let at = 0; at < values.length; at++) values[at] = Math.min(high, Math.max(low, words[at]!));
  return values;
}

function interleave(values: Float32Array, samples: number): Float32Array {
  const pixels = values.length / samples;
  return values.map((_, at) => values[(at % samples) * pixels + Math.floor(at / samples)] ?? 0);
}

/** Stored values, pixel after pixel. */
export function storedValues(read: Samples, format: PixelFormat): Float32Array {
  const count = samplesOf(format);
  if (read.words.length < count)
    throw unreadable(`the frame has ${read.words.length} of ${count} samples`);
  const words = read.words.subarray(0, count);
  const values = (read.overshoots ? clip : extract)({ ...read, words }, format.signed);
  return read.planar && format.samples > 1 ? interleave(values, format.samples) : values;
}
