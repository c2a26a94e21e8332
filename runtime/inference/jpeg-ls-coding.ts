import type { JpegLsScan } from './jpeg-ls-header.ts';
import { unreadable } from './unreadable-image.ts';

/** Contexts of the regular mode; after them come the two of run interruption (ITU-T T.87 A.7.2). */
const contexts = 365;

/** Constants and state of a scan, under the letters of ITU-T T.87. */
export interface Coding {
  maximum: number;
  near: number;
  /** 2 × NEAR + 1. */
  step: number;
  range: number;
  /** Bits of a mapped error value. */
  errorBits: number;
  limit: number;
  reset: number;
  /** What a gradient is quantised to (A.3.3), for every gradient from -MAXVAL on. */
  quantised: Int8Array;
  A: Int32Array;
  B: Int32Array;
  C: Int32Array;
  N: Int32Array;
  /** Negative errors of the two contexts of run interruption. */
  negatives: Int32Array;
}

/** CLAMP of C.2.4.1.1.1. */
function clamp(value: number, low: number, maximum: number): number {
  return value > maximum || value < low ? low : value;
}

function defaultThresholds(maximum: number, near: number): [number, number, number] {
  const base = [
    [3, 2, 3],
    [7, 3, 5],
    [21, 4, 7],
  ] as const;
  const small = Math.floor(256 / (maximum + 1));
  const large = Math.floor((Math.min(maximum, 4095) + 128) / 256);
  const raw = base.map(([basic, least, share]) =>
    maximum >= 128
      ? large * (basic - least) + least + share * near
      : Math.max(least, Math.floor(basic / small) + share * near),
  );
  const one = clamp(raw[0]!, near + 1, maximum);
  const two = clamp(raw[1]!, one, maximum);
  return [one, two, clamp(raw[2]!, two, maximum)];
}

function quantiser(maximum: number, near: number, [one, two, three]: readonly number[]): Int8Array {
  const table = new Int8Array(2 * maximum + 1);
  for (let gradient = 0; gradient <= maximum; gradient++) {
    const steps = [near + 1, one!, two!, three!].filter((least) => gradient >= least).length;
    table[maximum + gradient] = steps;
    table[maximum - gradient] = -steps;
  }
  return table;
}

/** Prepares a scan (A.2). Throws DATA_SET_UNREADABLE where its parameters are not among those of C.2.4.1.1. */
export function startCoding({ frame, preset, near }: JpegLsScan): Coding {
  const maximum = preset.maximum || 2 ** frame.precision - 1;
  if (maximum >= 2 ** frame.precision || near > Math.min(255, maximum >> 1))
    throw unreadable('the JPEG-LS parameters are out of range');
  const defaults = defaultThresholds(maximum, near);
  const [one, two, three] = preset.thresholds.map((value, k) => value || defaults[k]!);
  if (!(one! > near && two! >= one! && three! >= two! && three! <= maximum))
    throw unreadable('the JPEG-LS thresholds are out of order');
  const step = 2 * near + 1;
  const range = Math.floor((maximum + 2 * near) / step) + 1;
  const bits = Math.max(2, Math.ceil(Math.log2(maximum + 1)));
  const start = Math.max(2, Math.floor((range + 32) / 64));
  return {
    maximum,
    near,
    step,
    range,
    errorBits: Math.ceil(Math.log2(range)),
    limit: 2 * (bits + Math.max(8, bits)),
    reset: Math.max(3, preset.reset || 64),
    quantised: quantiser(maximum, near, [one!, two!, three!]),
    A: new Int32Array(contexts + 2).fill(start),
    B: new Int32Array(contexts),
    C: new Int32Array(contexts),
    N: new Int32Array(contexts + 2).fill(1),
    negatives: new Int32Array(2),
  };
}

/** Reads bits, of which a zero follows every byte of ones (ITU-T T.87 A.1). Reading past the next marker throws. */
export class JpegLsBits {
  readonly #bytes: Uint8Array;
  #at: number;
  /** The next bits, the first of them highest. */
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  #fill(): void {
    while (this.#count <= 24 && this.#at < this.#bytes.length) {
      const byte = this.#bytes[this.#at]!;
      const stuffed = this.#bytes[this.#at - 1] === 0xff;
      // A byte of ones before a marker is the marker's own.
      if (stuffed ? byte > 0x7f : byte === 0xff && (this.#bytes[this.#at + 1] ?? 0xff) > 0x7f)
        return;
      const bits = stuffed ? 7 : 8;
      this.#held |= byte << (32 - bits - this.#count);
      this.#count += bits;
      this.#at++;
    }
  }

  #need(count: number): void {
    if (this.#count < count) this.#fill();
    if (this.#count < count) throw unreadable('the JPEG-LS codestream ends before the image does');
  }

  /** The next 0 to 24 bits. */
  bits(count: number): number {
    if (count === 0) return 0;
    this.#need(count);
    const value = this.#held >>> (32 - count);
    this.#held <<= count;
    this.#count -= count;
    return value;
  }

  /** Zeros up to the next one, which is taken as well; no more than `most`. */
  zeros(most: number): number {
    let zeros = 0;
    for (;;) {
      this.#need(1);
      const run = Math.min(this.#count, Math.clz32(this.#held));
      zeros += run;
      if (zeros > most) throw unreadable('the JPEG-LS codestream has a code longer than any');
      const taken = Math.min(run + 1, this.#count);
      this.#held = taken === 32 ? 0 : this.#held << taken;
      this.#count -= taken;
      if (taken > run) return zeros;
    }
  }

  /** Where the marker stands that ends the bits. */
  findMarker(): number {
    let at = this.#at;
    while (at < this.#bytes.length && !(this.#bytes[at] === 0xff && this.#bytes[at + 1]! > 0x7f))
      at++;
    return at;
  }
}

/** A mapped error by its Golomb code of order `k`, no longer than `limit` bits (A.5.3). */
export function golomb(bits: JpegLsBits, k: number, limit: number, errorBits: number): number {
  const escape = limit - errorBits - 1;
  const zeros = bits.zeros(escape);
  return zeros < escape ? (zeros << k) + bits.bits(k) : bits.bits(errorBits) + 1;
}

/** The least k for which N × 2^k reaches `total` (A.5.1). */
export function golombOrder(count: number, total: number): number {
  let k = 0;
  while (count << k < total) k++;
  if (k > 24) throw unreadable('the JPEG-LS errors are larger than samples can be');
  return k;
}

/** The sample that lies by so much from its prediction (A.4.5, A.8). */
export function reconstruct(coding: Coding, predicted: number, error: number): number {
  const { near, step, range, maximum } = coding;
  let sample = predicted + error * step;
  if (sample < -near) sample += range * step;
  else if (sample > maximum + near) sample -= range * step;
  return Math.min(maximum, Math.max(0, sample));
}
