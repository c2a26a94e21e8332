import { ScansideError } from '../../device/errors.ts';

/** One component of a JPEG frame (ITU-T T.81 B.2.2). */
export interface JpegComponent {
  id: number;
  horizontal: number;
  vertical: number;
  quantizationTable: number;
  /** Of its scan. */
  dcTable: number;
  acTable: number;
}

/** A Huffman table as the file has it: how many codes of 1 to 16 bits, then the symbols in order (T.81 B.2.4.2). */
export interface HuffmanTable {
  counts: Uint8Array;
  symbols: Uint8Array;
}

/** A baseline JPEG of one scan, taken apart. Every array is a view into the file. */
export interface Jpeg {
  rows: number;
  columns: number;
  components: JpegComponent[];
  dcTables: ReadonlyMap<number, HuffmanTable>;
  acTables: ReadonlyMap<number, HuffmanTable>;
  /** DQT segments, payload only. */
  quantization: Uint8Array[];
  /** MCUs between two restart markers; 0 is none. */
  restartInterval: number;
  /** The entropy-coded data, with its stuffing and restart markers, without EOI. */
  scan: Uint8Array;
  /** Names of the segments that may carry words about the patient: comments and application data but JFIF's own. */
  remarks: string[];
}

interface Segment {
  marker: number;
  /** Without marker and length. */
  payload: Uint8Array;
  /** Of the byte after the segment. */
  end: number;
}

const markers = { soi: 0xd8, eoi: 0xd9, sof0: 0xc0, sos: 0xda, dht: 0xc4, dqt: 0xdb, dri: 0xdd };

/** Why a frame of that marker is refused (T.81 table B.1). */
const refusedFrames: Readonly<Record<number, string>> = {
  0xc1: 'extended sequential',
  0xc2: 'progressive',
  0xc3: 'lossless',
  0xc5: 'hierarchical',
  0xc6: 'hierarchical',
  0xc7: 'hierarchical',
  0xc9: 'arithmetic-coded',
  0xca: 'arithmetic-coded',
  0xcb: 'arithmetic-coded',
  0xcd: 'hierarchical',
  0xce: 'hierarchical',
  0xcf: 'hierarchical',
};

/**
 * Takes a JPEG of the baseline process with 8 bits and one scan apart (T.81). Throws IMAGE_REFUSED for every other
 * process, for what is no JPEG and for one that was cut short.
 */
export function readJpeg(bytes: Uint8Array): Jpeg {
  const segments = readSegments(bytes);
  const last = segments.at(-1)!;
  const jpeg = { ...readFrame(segments), ...readTables(segments) };
  const components = assignTables(jpeg.components, last.payload);
  const scan = bytes.subarray(last.end, endOfImage(bytes));
  return { ...jpeg, components, scan, remarks: remarksOf(segments) };
}

/** The segments up to the start of the scan, which is the last. */
function readSegments(bytes: Uint8Array): Segment[] {
  if (bytes[0] !== 0xff || bytes[1] !== markers.soi) throw refused('it does not begin as a JPEG');
  const segments: Segment[] = [];
  for (let at = 2; segments.at(-1)?.marker !== markers.sos; at = segments.at(-1)!.end)
    segments.push(readSegment(bytes, at));
  return segments;
}

function readSegment(bytes: Uint8Array, start: number): Segment {
  let at = start;
  while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
  if (at + 4 > bytes.length) throw refused('it ends before its picture begins');
  if (bytes[at] !== 0xff) throw refused(`byte ${at} is no marker`);
  const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  if (end > bytes.length || end < at + 4) throw refused('it ends before its picture begins');
  return { marker: bytes[at + 1]!, payload: bytes.subarray(at + 4, end), end };
}

function readFrame(segments: Segment[]): Pick<Jpeg, 'rows' | 'columns' | 'components'> {
  const refusedFrame = segments.find(({ marker }) => marker in refusedFrames);
  if (refusedFrame)
    throw refused(
      `it is ${refusedFrames[refusedFrame.marker]}; only the baseline process is taken`,
    );
  const frames = segments.filter(({ marker }) => marker === markers.sof0);
  const frame = frames[0]?.payload;
  if (frames.length !== 1 || !frame || frame.length < 6 || frame.length !== 6 + 3 * frame[5]!)
    throw refused('it has no sound frame header');
  if (frame[0] !== 8) throw refused(`it has ${frame[0]} bits a sample; 8 are taken`);
  const rows = (frame[1]! << 8) | frame[2]!;
  const columns = (frame[3]! << 8) | frame[4]!;
  if (rows === 0 || columns === 0) throw refused('it has no rows or no columns');
  return { rows, columns, components: readComponents(frame.subarray(6)) };
}

function readComponents(bytes: Uint8Array): JpegComponent[] {
  const components = Array.from({ length: bytes.length / 3 }, (_, index) => {
    const [id = 0, sampling = 0, quantizationTable = 0] = bytes.subarray(3 * index);
    const [horizontal, vertical] = [sampling >> 4, sampling & 15];
    return { id, horizontal, vertical, quantizationTable, dcTable: 0, acTable: 0 };
  });
  const isSound = (factor: number): boolean => factor >= 1 && factor <= 4;
  if (components.every(({ horizontal, vertical }) => isSound(horizontal) && isSound(vertical)))
    return components;
  throw refused('it has an impossible sampling factor');
}

type Tables = Pick<Jpeg, 'dcTables' | 'acTables' | 'quantization' | 'restartInterval'>;

function readTables(segments: Segment[]): Tables {
  const payloads = (wanted: number): Uint8Array[] =>
    segments.filter(({ marker }) => marker === wanted).map(({ payload }) => payload);
  const tables = payloads(markers.dht).flatMap(readHuffmanTables);
  const [high = 0, low = 0] = payloads(markers.dri).at(-1) ?? [];
  return {
    dcTables: new Map(tables.filter(([kind]) => kind >> 4 === 0)),
    acTables: new Map(
      tables.filter(([kind]) => kind >> 4 === 1).map(([kind, table]) => [kind & 15, table]),
    ),
    quantization: payloads(markers.dqt),
    restartInterval: (high << 8) | low,
  };
}

/** The tables of one DHT segment, by class (high four bits: 0 DC, 1 AC) and identifier. */
function readHuffmanTables(bytes: Uint8Array): [number, HuffmanTable][] {
  const tables: [number, HuffmanTable][] = [];
  for (let at = 0; at < bytes.length;) {
    const counts = bytes.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if (end > bytes.length) throw refused('it has a damaged Huffman table');
    tables.push([bytes[at]!, { counts, symbols: bytes.subarray(at + 17, end) }]);
    at = end;
  }
  return tables;
}

/** Joins the scan header to the frame's components; both must name the same ones in the same order. */
function assignTables(components: JpegComponent[], scan: Uint8Array): JpegComponent[] {
  const isWhole = scan[0] === components.length && scan.length === 4 + 2 * components.length;
  if (!isWhole || components.some(({ id }, index) => scan[1 + 2 * index] !== id))
    throw refused('its picture is spread over several scans; one is taken');
  return components.map((component, index) => {
    const table = scan[2 + 2 * index]!;
    return { ...component, dcTable: table >> 4, acTable: table & 15 };
  });
}

/** Where the last EOI marker starts; zeros may follow it. */
function endOfImage(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  if (bytes[end - 2] === 0xff && bytes[end - 1] === markers.eoi) return end - 2;
  throw refused('it is cut short: its end marker is missing');
}

function remarksOf(segments: Segment[]): string[] {
  const names = segments.map(({ marker, payload }) => {
    if (marker === 0xfe) return 'COM';
    const isJfif = marker === 0xe0 && Buffer.from(payload.subarray(0, 5)).equals(jfif);
    return marker >= 0xe0 && marker <= 0xef && !isJfif ? `APP${marker - 0xe0}` : '';
  });
  return names.filter((name) => name !== '');
}

const jfif = Buffer.from('JFIF\0');

export function refused(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', `the JPEG cannot be taken: ${why}`);
}
