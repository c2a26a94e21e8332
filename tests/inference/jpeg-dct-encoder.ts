import { zigzag } from '../../runtime/inference/jpeg-header.ts';

/** What to encode: grey samples of 8 or 12 bits. */
export interface DctPicture {
  rows: number;
  columns: number;
  precision: 8 | 12;
  samples: ArrayLike<number>;
  /** Every coefficient is divided by this; 1 loses next to nothing. */
  quantiser: number;
  /** MCUs between restart markers; none where absent. */
  restartInterval?: number;
}

const dcLength = 5;
const acLength = 8;
const acSymbols = Array.from({ length: 256 }, (_, symbol) => symbol).filter(
  (symbol) => (symbol & 15) > 0 || symbol === 0 || symbol === 0xf0,
);

class BitWriter {
  readonly bytes: number[] = [];
  #held = 0;
  #count = 0;

  put(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1);
      if (++this.#count < 8) continue;
      this.bytes.push(this.#held);
      if (this.#held === 0xff) this.bytes.push(0);
      this.#held = 0;
      this.#count = 0;
    }
  }

  /** Fills the last byte with ones. */
  flush(): void {
    while (this.#count > 0) this.put(1, 1);
  }
}

const cosines = Array.from({ length: 64 }, (_, k) => {
  const [frequency, at] = [k >> 3, k & 7];
  return (
    (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * at + 1) * frequency * Math.PI) / 16)
  );
});

/** One dimension of the forward DCT of every row, transposed: twice is the whole. */
function transformRows(block: number[]): number[] {
  return Array.from({ length: 64 }, (_, k) => {
    const [frequency, row] = [k >> 3, k & 7];
    let sum = 0;
    for (let at = 0; at < 8; at++) sum += block[8 * row + at]! * cosines[8 * frequency + at]!;
    return sum;
  });
}

function coefficients(picture: DctPicture, blockRow: number, blockColumn: number): number[] {
  const { rows, columns, samples, precision, quantiser } = picture;
  const block = Array.from({ length: 64 }, (_, k) => {
    const row = Math.min(rows - 1, 8 * blockRow + (k >> 3));
    const column = Math.min(columns - 1, 8 * blockColumn + (k & 7));
    return samples[row * columns + column]! - 2 ** (precision - 1);
  });
  return transformRows(transformRows(block)).map((value) => Math.round(value / quantiser));
}

const lengthOf = (value: number) => 32 - Math.clz32(Math.abs(value));

/** The bits that follow a category (ITU-T T.81 F.1.2.1). */
function putMagnitude(writer: BitWriter, value: number): void {
  const length = lengthOf(value);
  writer.put(value < 0 ? value + (1 << length) - 1 : value, length);
}

function putBlock(writer: BitWriter, block: number[], previous: number): void {
  writer.put(lengthOf(block[0]! - previous), dcLength);
  putMagnitude(writer, block[0]! - previous);
  const last = zigzag.findLastIndex((place) => block[place] !== 0);
  let run = 0;
  for (let k = 1; k <= last; k++) {
    const value = block[zigzag[k]!]!;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) writer.put(acSymbols.indexOf(0xf0), acLength);
    writer.put(acSymbols.indexOf((run << 4) | lengthOf(value)), acLength);
    putMagnitude(writer, value);
    run = 0;
  }
  if (last < 63) writer.put(acSymbols.indexOf(0), acLength);
}

function entropyBytes(picture: DctPicture): number[] {
  const { rows, columns, restartInterval = 0 } = picture;
  const writer = new BitWriter();
  let [previous, done] = [0, 0];
  for (let row = 0; row < Math.ceil(rows / 8); row++)
    for (let column = 0; column < Math.ceil(columns / 8); column++) {
      if (restartInterval > 0 && done > 0 && done % restartInterval === 0) {
        writer.flush();
        writer.bytes.push(0xff, 0xd0 + ((done / restartInterval - 1) & 7));
        previous = 0;
      }
      const block = coefficients(picture, row, column);
      putBlock(writer, block, previous);
      previous = block[0]!;
      done++;
    }
  writer.flush();
  return writer.bytes;
}

const word = (value: number) => [value >> 8, value & 255];
const segment = (marker: number, content: number[]) => [
  0xff,
  marker,
  ...word(content.length + 2),
  ...content,
];

/** A table whose codes all have one length, the values in order. */
function huffman(slot: number, length: number, values: number[]): number[] {
  const counts = Array.from({ length: 16 }, (_, at) => (at + 1 === length ? values.length : 0));
  return segment(0xc4, [slot, ...counts, ...values]);
}

/** Encodes grey pixels by the extended sequential process (ITU-T T.81 process 4), whatever that costs in size. */
export function encodeDct(picture: DctPicture): Uint8Array {
  const { rows, columns, precision, quantiser, restartInterval } = picture;
  const dcValues = Array.from({ length: 16 }, (_, value) => value);
  return Uint8Array.from([
    0xff,
    0xd8,
    ...segment(0xdb, [0x10, ...Array.from({ length: 64 }, () => word(quantiser)).flat()]),
    ...segment(0xc1, [precision, ...word(rows), ...word(columns), 1, 1, 0x11, 0]),
    ...huffman(0x00, dcLength, dcValues),
    ...huffman(0x10, acLength, acSymbols),
    ...(restartInterval ? segment(0xdd, word(restartInterval)) : []),
    ...segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    ...entropyBytes(picture),
    0xff,
    0xd9,
  ]);
}
