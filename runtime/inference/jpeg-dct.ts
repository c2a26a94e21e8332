import { BitReader } from './jpeg-entropy.ts';
import { type JpegFrame, type JpegScan, type ScanComponent, zigzag } from './jpeg-header.ts';
import { unreadable } from './unreadable-image.ts';

const scaleBits = 13;
const scaled = (factor: number) => Math.round(factor * (1 << scaleBits));
const f0298 = scaled(0.298631336);
const f0390 = scaled(0.390180644);
const f0541 = scaled(0.5411961);
const f0765 = scaled(0.765366865);
const f0899 = scaled(0.899976223);
const f1175 = scaled(1.175875602);
const f1501 = scaled(1.50132111);
const f1847 = scaled(1.847759065);
const f1961 = scaled(1.96157056);
const f2053 = scaled(2.053119869);
const f2562 = scaled(2.562915447);
const f3072 = scaled(3.072711026);

/**
 * One dimension of the inverse DCT of Loeffler, Ligtenberg and Moschytz in integers, as the Independent JPEG Group's
 * "slow" method computes it: eight values from `first` on, `step` apart. The results are scaled down by `shift` bits.
 */
function transform(block: Int32Array, first: number, step: number, shift: number): void {
  const at = (k: number) => block[first + k * step]!;
  const even = (at(2) + at(6)) * f0541;
  const [t2, t3] = [even - at(6) * f1847, even + at(2) * f0765];
  const t0 = (at(0) + at(4)) * (1 << scaleBits);
  const t1 = (at(0) - at(4)) * (1 << scaleBits);
  const [e0, e3, e1, e2] = [t0 + t3, t0 - t3, t1 + t2, t1 - t2];

  const [o0, o1, o2, o3] = [at(7), at(5), at(3), at(1)];
  const z5 = (o0 + o2 + o1 + o3) * f1175;
  const z1 = (o0 + o3) * -f0899;
  const z2 = (o1 + o2) * -f2562;
  const z3 = (o0 + o2) * -f1961 + z5;
  const z4 = (o1 + o3) * -f0390 + z5;
  const d0 = o0 * f0298 + z1 + z3;
  const d1 = o1 * f2053 + z2 + z4;
  const d2 = o2 * f3072 + z2 + z3;
  const d3 = o3 * f1501 + z1 + z4;

  const half = 1 << (shift - 1);
  const put = (k: number, value: number) => {
    block[first + k * step] = (value + half) >> shift;
  };
  put(0, e0 + d3);
  put(7, e0 - d3);
  put(1, e1 + d2);
  put(6, e1 - d2);
  put(2, e2 + d1);
  put(5, e2 - d1);
  put(3, e3 + d0);
  put(4, e3 - d0);
}

/** Turns 64 dequantised coefficients into samples about 0. 12-bit data keep one bit less between the passes. */
export function inverseTransform(block: Int32Array, precision: number): void {
  const between = precision > 8 ? 1 : 2;
  for (let column = 0; column < 8; column++) transform(block, column, 8, scaleBits - between);
  for (let row = 0; row < 8; row++) transform(block, 8 * row, 1, scaleBits + between + 3);
}

/** One component, in whole blocks. */
interface Plane extends ScanComponent {
  horizontal: number;
  vertical: number;
  quantisation: Uint16Array;
  samples: Uint16Array;
  /** Samples from one row to the next. */
  stride: number;
  /** Blocks of the component itself, without those that fill up the last MCU. */
  blocksAcross: number;
  blocksDown: number;
  /** The last DC value. */
  previous: number;
}

/** Reads the coefficients of one block, dequantised and in rows (ITU-T T.81 F.2.2). */
function readBlock(reader: BitReader, plane: Plane, block: Int32Array): void {
  block.fill(0);
  const { quantisation, dc, ac } = plane;
  const category = reader.symbol(dc);
  if (category > 15) throw unreadable('a JPEG DC difference is longer than 15 bits');
  plane.previous += reader.extended(category);
  block[0] = plane.previous * quantisation[0]!;
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac!);
    const [run, length] = [symbol >>> 4, symbol & 15];
    if (length === 0 && run !== 15) return;
    k += run;
    if (k > 63) throw unreadable('a JPEG block has more than 64 coefficients');
    if (length === 0) continue;
    const place = zigzag[k]!;
    block[place] = reader.extended(length) * quantisation[place]!;
  }
}

function decodeBlock(
  reader: BitReader,
  plane: Plane,
  [blockRow, blockColumn]: [number, number],
  block: Int32Array,
  precision: number,
): void {
  readBlock(reader, plane, block);
  inverseTransform(block, precision);
  const [middle, top] = [1 << (precision - 1), (1 << precision) - 1];
  const first = blockRow * 8 * plane.stride + blockColumn * 8;
  for (let k = 0; k < 64; k++)
    plane.samples[first + (k >>> 3) * plane.stride + (k & 7)] = Math.min(
      top,
      Math.max(0, block[k]! + middle),
    );
}

/** Every component's samples, with room for whole MCUs. */
export interface DctPlanes {
  planes: { samples: Uint16Array; stride: number; horizontal: number; vertical: number }[];
  largest: { horizontal: number; vertical: number };
  mcusAcross: number;
  mcusDown: number;
}

export function makeDctPlanes({ components, rows, columns }: JpegFrame): DctPlanes {
  const largest = {
    horizontal: Math.max(...components.map(({ horizontal }) => horizontal)),
    vertical: Math.max(...components.map(({ vertical }) => vertical)),
  };
  const mcusAcross = Math.ceil(columns / (8 * largest.horizontal));
  const mcusDown = Math.ceil(rows / (8 * largest.vertical));
  const planes = components.map(({ horizontal, vertical }) => {
    const stride = mcusAcross * horizontal * 8;
    const samples = new Uint16Array(stride * mcusDown * vertical * 8);
    return { samples, stride, horizontal, vertical };
  });
  return { planes, largest, mcusAcross, mcusDown };
}

function scanPlane(frame: JpegFrame, all: DctPlanes, one: ScanComponent, tables: Tables): Plane {
  const component = frame.components[one.index]!;
  const quantisation = tables[component.quantisation];
  if (!quantisation) throw unreadable('a JPEG quantisation table is missing');
  const across = Math.ceil((frame.columns * component.horizontal) / all.largest.horizontal);
  const down = Math.ceil((frame.rows * component.vertical) / all.largest.vertical);
  return {
    ...one,
    ...all.planes[one.index]!,
    quantisation,
    blocksAcross: Math.ceil(across / 8),
    blocksDown: Math.ceil(down / 8),
    previous: 0,
  };
}

type Tables = readonly (Uint16Array | undefined)[];

/** The blocks of an MCU, in order: of one component alone its own blocks are the MCUs (ITU-T T.81 A.2). */
function* mcus(planes: Plane[], all: DctPlanes): Generator<[Plane, number, number][]> {
  const [only, ...others] = planes;
  if (only && others.length === 0) {
    for (let row = 0; row < only.blocksDown; row++)
      for (let column = 0; column < only.blocksAcross; column++) yield [[only, row, column]];
    return;
  }
  for (let row = 0; row < all.mcusDown; row++)
    for (let column = 0; column < all.mcusAcross; column++)
      yield planes.flatMap((plane) =>
        Array.from(
          { length: plane.vertical * plane.horizontal },
          (_, k): [Plane, number, number] => [
            plane,
            row * plane.vertical + Math.floor(k / plane.horizontal),
            column * plane.horizontal + (k % plane.horizontal),
          ],
        ),
      );
}

/** Decodes a sequential DCT scan into its planes; returns where the next marker is to be sought. */
export function decodeDctScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  all: DctPlanes,
  tables: Tables,
): number {
  const planes = scan.components.map((one) => scanPlane(frame, all, one, tables));
  const reader = new BitReader(bytes, scan.at);
  const block = new Int32Array(64);
  let done = 0;
  for (const blocks of mcus(planes, all)) {
    if (done > 0 && scan.restartInterval > 0 && done % scan.restartInterval === 0) {
      reader.restart();
      for (const plane of planes) plane.previous = 0;
    }
    for (const [plane, row, column] of blocks)
      decodeBlock(reader, plane, [row, column], block, frame.precision);
    done++;
  }
  return reader.findMarker();
}
