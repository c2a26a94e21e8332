import { type HuffmanTable, type Jpeg, refused } from './jpeg.ts';

/** The bits of one restart interval, without stuffing. */
export interface Bits {
  readonly bytes: Uint8Array;
  /** Of the next bit. */
  at: number;
}

/** One block of 8 × 8 coefficients (T.81 F.2.2): only what is needed to move it elsewhere. */
export interface Block {
  /** Its DC coefficient, quantized. */
  dc: number;
  /** Where its coded AC coefficients begin and end, in bits. */
  acStart: number;
  acEnd: number;
  /** No coefficient but perhaps the first differs from 0. */
  flat: boolean;
  bits: Bits;
}

/** A table made ready to decode: for each length of code its first code, its first symbol and how many there are. */
interface Decoder {
  first: number[];
  offset: number[];
  counts: Uint8Array;
  symbols: Uint8Array;
}

/** How many blocks of each component lie in an MCU, and how many MCUs the scan has (T.81 A.2). */
interface Layout {
  across: number;
  down: number;
  blocks: [horizontal: number, vertical: number][];
}

/**
 * Calls `visit` for every block of the scan with its component's index and its place in blocks, those that only fill
 * up the last MCU included. Throws IMAGE_REFUSED where the data are damaged or end too early.
 */
export function readBlocks(
  jpeg: Jpeg,
  visit: (component: number, row: number, column: number, block: Block) => void,
): void {
  const layout = layoutOf(jpeg);
  if (!canHold(jpeg, layout)) throw cutShort();
  const { across, down, blocks } = layout;
  const decoders = jpeg.components.map(({ dcTable, acTable }) => ({
    dc: decoderFor(jpeg.dcTables.get(dcTable)),
    ac: decoderFor(jpeg.acTables.get(acTable)),
  }));
  const intervals = restartIntervals(jpeg.scan);
  const length = jpeg.restartInterval || across * down;
  if (intervals.length !== Math.ceil((across * down) / length))
    throw refused('its picture is damaged: restart markers are missing or too many');
  let predictions: number[] = [];
  for (let unit = 0; unit < across * down; unit++) {
    const bits = intervals[Math.floor(unit / length)]!;
    if (unit % length === 0) predictions = blocks.map(() => 0);
    const [unitRow, unitColumn] = [Math.floor(unit / across), unit % across];
    blocks.forEach(([horizontal, vertical], component) => {
      for (let at = 0; at < horizontal * vertical; at++) {
        const block = readBlock(bits, decoders[component]!, predictions[component]!);
        predictions[component] = block.dc;
        const row = unitRow * vertical + Math.floor(at / horizontal);
        visit(component, row, unitColumn * horizontal + (at % horizontal), block);
      }
    });
  }
}

/** No block has less than two bits: one to say its DC difference and one to end it. */
const leastBlockBits = 2;

/** Whether a scan that short can hold all blocks, before anything is allocated for them. */
function canHold({ scan }: Jpeg, { across, down, blocks }: Layout): boolean {
  const perUnit = blocks.reduce((sum, [horizontal, vertical]) => sum + horizontal * vertical, 0);
  return across * down * perUnit * leastBlockBits <= scan.length * 8;
}

/** A scan of one component is not interleaved, whatever its sampling factors (T.81 A.2.2). */
function layoutOf({ rows, columns, components }: Jpeg): Layout {
  const alone = components.length === 1;
  const blocks = components.map(({ horizontal, vertical }): [number, number] =>
    alone ? [1, 1] : [horizontal, vertical],
  );
  const widest = Math.max(...blocks.map(([horizontal]) => horizontal));
  const highest = Math.max(...blocks.map(([, vertical]) => vertical));
  return {
    across: Math.ceil(columns / (8 * widest)),
    down: Math.ceil(rows / (8 * highest)),
    blocks,
  };
}

/** Splits the scan at its restart markers and takes the stuffing out (T.81 F.1.2.3). */
function restartIntervals(scan: Uint8Array): Bits[] {
  const intervals: Bits[] = [];
  const bytes = new Uint8Array(scan.length);
  let [start, end] = [0, 0];
  for (let at = 0; at < scan.length; at++) {
    bytes[end++] = scan[at]!;
    if (scan[at] !== 0xff) continue;
    const next = scan[++at] ?? -1;
    if (next === 0) continue;
    if (next < 0xd0 || next > 0xd7) throw refused('a marker stands inside its picture');
    end -= 1;
    intervals.push({ bytes: bytes.subarray(start, end), at: 0 });
    start = end;
  }
  return [...intervals, { bytes: bytes.subarray(start, end), at: 0 }];
}

function decoderFor(table: HuffmanTable | undefined): Decoder {
  if (!table) throw refused('a Huffman table is missing');
  const { counts, symbols } = table;
  const decoder: Decoder = { first: [], offset: [], counts, symbols };
  let code = 0;
  let offset = 0;
  for (const count of counts) {
    decoder.first.push(code);
    decoder.offset.push(offset);
    code = (code + count) << 1;
    offset += count;
  }
  return decoder;
}

function readBlock(bits: Bits, { dc, ac }: { dc: Decoder; ac: Decoder }, before: number): Block {
  const difference = readDifference(bits, decode(bits, dc));
  const acStart = bits.at;
  let flat = true;
  for (let index = 1; index < 64;) {
    const symbol = decode(bits, ac);
    const size = symbol & 15;
    if (size === 0 && symbol !== 0xf0) break;
    flat &&= size === 0;
    index += (symbol >> 4) + 1;
    bits.at += size;
    if (index > 64) throw refused('its picture is damaged: a block has too many coefficients');
  }
  if (bits.at > bits.bytes.length * 8) throw cutShort();
  return { dc: before + difference, acStart, acEnd: bits.at, flat, bits };
}

/** A signed number of `size` bits (T.81 F.2.2.1, EXTEND). */
function readDifference(bits: Bits, size: number): number {
  if (size > 11) throw refused('its picture is damaged: a coefficient is too large');
  let value = 0;
  for (let at = 0; at < size; at++) value = (value << 1) | readBit(bits);
  return size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

function decode(bits: Bits, { first, offset, counts, symbols }: Decoder): number {
  let code = 0;
  for (let length = 0; length < 16; length++) {
    code = (code << 1) | readBit(bits);
    const place = code - first[length]!;
    if (place < counts[length]!) return symbols[offset[length]! + place]!;
  }
  throw refused('its picture is damaged: a code that its table has not');
}

export function readBit(bits: Bits): number {
  const byte = bits.bytes[bits.at >> 3];
  if (byte === undefined) throw cutShort();
  return (byte >> (7 - (bits.at++ & 7))) & 1;
}

function cutShort(): Error {
  return refused('it is cut short: its picture ends before its last row');
}
