import { type HuffmanTable, makeHuffmanTable } from './jpeg-entropy.ts';
import { unreadable } from './unreadable-image.ts';

export interface JpegComponent {
  id: number;
  /** Sampling factors. */
  horizontal: number;
  vertical: number;
  /** Which quantisation table. */
  quantisation: number;
}

/** The frame header (ITU-T T.81 B.2.2). */
export interface JpegFrame {
  lossless: boolean;
  precision: number;
  rows: number;
  columns: number;
  components: JpegComponent[];
}

export interface ScanComponent {
  /** Place in the frame's components. */
  index: number;
  dc: HuffmanTable;
  /** Undefined in a lossless scan. */
  ac: HuffmanTable | undefined;
}

/** The scan header (ITU-T T.81 B.2.3). */
export interface JpegScan {
  components: ScanComponent[];
  /** Predictor of a lossless scan; first coefficient of another. */
  start: number;
  /** Point transform of a lossless scan. */
  low: number;
  /** MCUs between restart markers; 0 for none. */
  restartInterval: number;
  /** Where the entropy-coded bytes begin. */
  at: number;
}

export interface JpegTables {
  frame: JpegFrame | undefined;
  dc: (HuffmanTable | undefined)[];
  ac: (HuffmanTable | undefined)[];
  quantisation: (Uint16Array | undefined)[];
  restartInterval: number;
}

export function noTables(): JpegTables {
  return { frame: undefined, dc: [], ac: [], quantisation: [], restartInterval: 0 };
}

/** Zigzag order to rows of a block (ITU-T T.81, figure A.6). */
export const zigzag = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
  13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52,
  45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);

const short = () => unreadable('a JPEG marker segment is cut short');

function byte(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw short();
  return value;
}

function word(bytes: Uint8Array, at: number): number {
  return (byte(bytes, at) << 8) | byte(bytes, at + 1);
}

/** The next marker from `at` on, where fill bytes may stand (ITU-T T.81 B.1.1.2). */
export function readMarker(bytes: Uint8Array, at: number): { marker: number; at: number } {
  if (byte(bytes, at) !== 0xff) throw unreadable('a JPEG marker is missing');
  let next = at + 1;
  while (byte(bytes, next) === 0xff) next++;
  return { marker: byte(bytes, next), at: next + 1 };
}

/** The content of the marker segment whose length stands at `at`. */
export function readSegment(bytes: Uint8Array, at: number): Uint8Array {
  const length = word(bytes, at);
  if (length < 2 || at + length > bytes.length) throw short();
  return bytes.subarray(at + 2, at + length);
}

function readHuffmanTables(segment: Uint8Array, tables: JpegTables): void {
  for (let at = 0; at < segment.length;) {
    const [kind, slot] = [segment[at]! >>> 4, segment[at]! & 15];
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (kind > 1 || slot > 3 || at + 17 + total > segment.length) throw short();
    const values = segment.subarray(at + 17, at + 17 + total);
    tables[kind === 0 ? 'dc' : 'ac'][slot] = makeHuffmanTable(counts, values);
    at += 17 + total;
  }
}

function readQuantisation(segment: Uint8Array, tables: JpegTables): void {
  for (let at = 0; at < segment.length;) {
    const [wide, slot] = [segment[at]! >>> 4, segment[at]! & 15];
    const size = wide ? 2 : 1;
    if (wide > 1 || slot > 3 || at + 1 + 64 * size > segment.length) throw short();
    const table = new Uint16Array(64);
    for (const [k, place] of zigzag.entries())
      table[place] = wide ? word(segment, at + 1 + 2 * k) : segment[at + 1 + k]!;
    tables.quantisation[slot] = table;
    at += 1 + 64 * size;
  }
}

function readComponent(segment: Uint8Array, at: number): JpegComponent {
  const factors = byte(segment, at + 1);
  const [horizontal, vertical] = [factors >>> 4, factors & 15];
  if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4)
    throw unreadable('a JPEG sampling factor is out of range');
  return { id: byte(segment, at), horizontal, vertical, quantisation: byte(segment, at + 2) };
}

function readFrame(segment: Uint8Array, lossless: boolean): JpegFrame {
  const count = byte(segment, 5);
  return {
    lossless,
    precision: byte(segment, 0),
    rows: word(segment, 1),
    columns: word(segment, 3),
    components: Array.from({ length: count }, (_, k) => readComponent(segment, 6 + 3 * k)),
  };
}

const processes = new Map([
  [0xc0, false],
  [0xc1, false],
  [0xc3, true],
]);

/** Reads the segment of any marker but SOS into `tables`. Throws DATA_SET_UNREADABLE. */
export function readTables(marker: number, segment: Uint8Array, tables: JpegTables): void {
  if (marker === 0xc4) return readHuffmanTables(segment, tables);
  if (marker === 0xdb) return readQuantisation(segment, tables);
  if (marker === 0xdd) {
    tables.restartInterval = word(segment, 0);
    return undefined;
  }
  if (marker === 0xcc || marker < 0xc0 || marker > 0xcf) return undefined;
  const lossless = processes.get(marker);
  if (lossless === undefined)
    throw unreadable(`JPEG process SOF${marker - 0xc0} is neither sequential nor lossless`);
  if (tables.frame) throw unreadable('the JPEG codestream has two frame headers');
  tables.frame = readFrame(segment, lossless);
  return undefined;
}

function scanComponent(segment: Uint8Array, at: number, frame: JpegFrame, tables: JpegTables) {
  const index = frame.components.findIndex(({ id }) => id === byte(segment, at));
  const slots = byte(segment, at + 1);
  const dc = tables.dc[slots >>> 4];
  const ac = tables.ac[slots & 15];
  if (index < 0 || !dc || (!frame.lossless && !ac))
    throw unreadable('a JPEG scan names a component or a table that is not there');
  return { index, dc, ac };
}

/** Reads the scan header whose segment lies at `at`. */
export function readScan(
  bytes: Uint8Array,
  at: number,
  frame: JpegFrame,
  tables: JpegTables,
): JpegScan {
  const segment = readSegment(bytes, at);
  const count = byte(segment, 0);
  if (count < 1 || count > frame.components.length)
    throw unreadable(`a JPEG scan has ${count} components`);
  return {
    components: Array.from({ length: count }, (_, k) =>
      scanComponent(segment, 1 + 2 * k, frame, tables),
    ),
    start: byte(segment, 1 + 2 * count),
    low: byte(segment, 3 + 2 * count) & 15,
    restartInterval: tables.restartInterval,
    at: at + 2 + segment.length,
  };
}
