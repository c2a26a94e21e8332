/** What a made-up JPEG is to be: every block of it is one flat grey. */
export interface JpegRequest {
  rows?: number;
  columns?: number;
  /** One grey a block, row by row; 0 where there are fewer. Even numbers from -254 to 254: 0 is middle grey. */
  greys?: number[];
  /** `colour`: luminance with two chrominances at half its size, the first of this value in every block. */
  chrominance?: number;
  /** Marker of the frame; SOF0, baseline, where absent. */
  frame?: number;
  precision?: number;
  /** MCUs between restart markers. */
  restartInterval?: number;
  /** Segments to put in, each with its marker and payload. */
  segments?: [marker: number, payload: string][];
}

const quantization = [0, ...Array.from({ length: 64 }, () => 16)];
/** Sizes 0 to 11 as codes of four bits; for AC only the end of block, as one bit. */
const dcTable = [0x00, 0, 0, 0, 12, ...zeros(12), ...Array.from({ length: 12 }, (_, size) => size)];
const acTable = [0x10, 1, ...zeros(15), 0];

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function segment(marker: number, payload: Iterable<number>): Buffer {
  const bytes = Buffer.from([...payload]);
  return Buffer.concat([Buffer.of(0xff, marker, 0, bytes.length + 2), bytes]);
}

function differenceBits(difference: number): string {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  const value = difference < 0 ? difference + 2 ** size - 1 : difference;
  const bits = size === 0 ? '' : value.toString(2).padStart(size, '0');
  return `${size.toString(2).padStart(4, '0')}${bits}0`;
}

function packBits(bits: string): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte]));
}

/** The places of the luminance blocks of each MCU, in order. */
function units(rows: number, columns: number, isColour: boolean): [number, number][][] {
  const side = isColour ? 2 : 1;
  const [down, across] = [Math.ceil(rows / 8 / side), Math.ceil(columns / 8 / side)];
  return Array.from({ length: down * across }, (_, unit) => {
    const [row, column] = [Math.floor(unit / across) * side, (unit % across) * side];
    return Array.from({ length: side * side }, (_each, at): [number, number] => [
      row + Math.floor(at / side),
      column + (at % side),
    ]);
  });
}

function scanBytes(request: Required<Omit<JpegRequest, 'chrominance'>>, chrominance?: number) {
  const { rows, columns, greys, restartInterval } = request;
  const width = Math.ceil(columns / 8);
  const all = units(rows, columns, chrominance !== undefined);
  const length = restartInterval || all.length;
  const bytes: number[] = [];
  for (let start = 0; start < all.length; start += length) {
    let [before, isFirst, bits] = [0, true, ''];
    for (const unit of all.slice(start, start + length)) {
      for (const [row, column] of unit) {
        const grey = (column < width && greys[row * width + column]) || 0;
        bits += differenceBits(grey - before);
        before = grey;
      }
      if (chrominance !== undefined) bits += differenceBits(isFirst ? chrominance : 0);
      if (chrominance !== undefined) bits += differenceBits(0);
      isFirst = false;
    }
    if (start > 0) bytes.push(0xff, 0xd0 + ((start / length - 1) % 8));
    bytes.push(...packBits(bits));
  }
  return bytes;
}

const defaults: Required<Omit<JpegRequest, 'chrominance'>> = {
  rows: 16,
  columns: 16,
  greys: [],
  frame: 0xc0,
  precision: 8,
  restartInterval: 0,
  segments: [],
};

/** A JPEG of flat blocks: block value v decodes to the grey 128 + 2 v. */
export function makeJpeg({ chrominance, ...given }: JpegRequest = {}): Buffer {
  const request = { ...defaults, ...given };
  const { rows, columns, frame, precision, restartInterval } = request;
  const size = [rows >> 8, rows & 255, columns >> 8, columns & 255];
  const isColour = chrominance !== undefined;
  const components = isColour ? [1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0] : [1, 0x11, 0];
  const scan = isColour ? [3, 1, 0, 2, 0, 3, 0, 0, 63, 0] : [1, 1, 0, 0, 63, 0];
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    ...request.segments.map(([marker, payload]) => segment(marker, Buffer.from(payload))),
    segment(0xdb, quantization),
    segment(frame, [precision, ...size, components.length / 3, ...components]),
    segment(0xc4, dcTable),
    segment(0xc4, acTable),
    restartInterval ? segment(0xdd, [restartInterval >> 8, restartInterval & 255]) : Buffer.of(),
    segment(0xda, scan),
    Buffer.from(scanBytes(request, chrominance)),
    Buffer.of(0xff, 0xd9),
  ]);
}
