import { checkPromise } from './codec.ts';
import { type DctPlanes, decodeDctScan, makeDctPlanes } from './jpeg-dct.ts';
import {
  type JpegFrame,
  type JpegScan,
  type JpegTables,
  noTables,
  readMarker,
  readScan,
  readSegment,
  readTables,
} from './jpeg-header.ts';
import { decodeLosslessScan } from './jpeg-lossless.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { Samples } from './samples.ts';
import { unreadable } from './unreadable-image.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;

function checkFrame(frame: JpegFrame, format: PixelFormat): void {
  const { components, precision, lossless } = frame;
  checkPromise({ ...frame, components: components.length }, format);
  if (lossless ? precision < 2 : precision !== 8 && precision !== 12)
    throw unreadable(`the JPEG precision is ${precision}`);
  // A rounding error would turn the largest value into the smallest; PS3.5 table 8.2.1-1 forbids it.
  if (!lossless && format.signed) throw unreadable('PixelRepresentation is 1 in lossy JPEG');
  if (lossless && components.some(({ horizontal, vertical }) => horizontal * vertical !== 1))
    throw unreadable('lossless JPEG with subsampled components');
}

/** Planes of whole MCUs to pixel after pixel; a subsampled component is repeated. */
function gather({ rows, columns }: JpegFrame, { planes, largest }: DctPlanes): Uint16Array {
  const words = new Uint16Array(rows * columns * planes.length);
  for (const [component, { samples, stride, horizontal, vertical }] of planes.entries()) {
    const [across, down] = [horizontal / largest.horizontal, vertical / largest.vertical];
    for (let row = 0; row < rows; row++) {
      const line = Math.floor(row * down) * stride;
      for (let column = 0; column < columns; column++)
        words[(row * columns + column) * planes.length + component] =
          samples[line + Math.floor(column * across)]!;
    }
  }
  return words;
}

/** Where the samples of a frame are gathered while its scans are decoded. */
interface Decoding {
  scan(bytes: Uint8Array, scan: JpegScan, tables: JpegTables): number;
  samples(): Samples;
}

function lossless(frame: JpegFrame): Decoding {
  const size = frame.rows * frame.columns;
  const words = new Uint16Array(size * frame.components.length);
  const planes = frame.components.map((_, at) => words.subarray(at * size, (at + 1) * size));
  return {
    scan: (bytes, scan) => decodeLosslessScan(bytes, frame, scan, planes),
    samples: () => ({ words, overshoots: false, planar: true, ...depth(frame) }),
  };
}

function lossy(frame: JpegFrame): Decoding {
  const planes = makeDctPlanes(frame);
  return {
    scan: (bytes, scan, tables) => decodeDctScan(bytes, frame, scan, planes, tables.quantisation),
    samples: () => ({
      words: gather(frame, planes),
      overshoots: true,
      planar: false,
      ...depth(frame),
    }),
  };
}

function depth({ precision }: JpegFrame): { highBit: number; bits: number } {
  return { highBit: precision - 1, bits: precision };
}

/** Reads the segments from `at` up to the next scan; undefined at the end of the image. */
function findScan(bytes: Uint8Array, at: number, tables: JpegTables): number | undefined {
  for (let next = at; next < bytes.length;) {
    const found = readMarker(bytes, next);
    if (found.marker === endOfImage) return undefined;
    if (found.marker === startOfScan) return found.at;
    const segment = readSegment(bytes, found.at);
    readTables(found.marker, segment, tables);
    next = found.at + 2 + segment.length;
  }
  return undefined;
}

/** Every component is in one scan: a missing one would be black, a second one wrong. */
function checkCoverage(seen: number[], frame: JpegFrame): void {
  if (new Set(seen).size !== seen.length || seen.length !== frame.components.length)
    throw unreadable('the JPEG codestream does not have every component once');
}

/**
 * Decodes a JPEG codestream: baseline and extended sequential of 8 and 12 bits, and lossless of 2 to 16 bits (ITU-T
 * T.81 annexes F and H). Throws DATA_SET_UNREADABLE, also where the codestream ends before the image does.
 */
export function decodeJpeg(bytes: Uint8Array, format: PixelFormat): Samples {
  const start = readMarker(bytes, 0);
  if (start.marker !== startOfImage) throw unreadable('no JPEG codestream');
  const tables = noTables();
  let at = findScan(bytes, start.at, tables);
  const { frame } = tables;
  if (at === undefined || !frame) throw unreadable('the JPEG codestream has no scan');
  checkFrame(frame, format);
  const decoding = (frame.lossless ? lossless : lossy)(frame);
  const seen: number[] = [];
  while (at !== undefined && seen.length < frame.components.length) {
    const scan = readScan(bytes, at, frame, tables);
    seen.push(...scan.components.map(({ index }) => index));
    at = findScan(bytes, decoding.scan(bytes, scan, tables), tables);
  }
  checkCoverage(seen, frame);
  return decoding.samples();
}
