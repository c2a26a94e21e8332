import { checkPromise } from './codec.ts';
import {
  type Coding,
  golomb,
  golombOrder,
  JpegLsBits,
  reconstruct,
  startCoding,
} from './jpeg-ls-coding.ts';
import { findJpegLsScan, type JpegLsScan, noState, readStart } from './jpeg-ls-header.ts';
import type { PixelFormat } from './pixel-format.ts';
import type { Samples } from './samples.ts';
import { unreadable } from './unreadable-image.ts';

/** Code order of runs by run index (ITU-T T.87 A.7.1.1). */
const runOrders = [
  0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14,
  15,
];

/** A line of one component with what lies left and right of it; column c is at c + 1. */
interface Lines {
  above: Int32Array;
  current: Int32Array;
}

interface Decoding {
  coding: Coding;
  bits: JpegLsBits;
  columns: number;
  runIndex: number;
}

/** Decodes a sample in a context of the regular mode and learns from it (A.4 to A.6). */
function regularSample(
  { coding, bits }: Decoding,
  signedContext: number,
  [a, b, c]: [number, number, number],
): number {
  const { A, B, C, N, near, step, maximum } = coding;
  const sign = signedContext < 0 ? -1 : 1;
  const q = sign * signedContext;
  const median =
    c >= Math.max(a, b) ? Math.min(a, b) : c <= Math.min(a, b) ? Math.max(a, b) : a + b - c;
  const predicted = Math.min(maximum, Math.max(0, median + sign * C[q]!));
  const k = golombOrder(N[q]!, A[q]!);
  const mapped = golomb(bits, k, coding.limit, coding.errorBits);
  let error = mapped & 1 ? -((mapped + 1) >> 1) : mapped >> 1;
  // Inverted in the contexts where negative errors prevail (A.5.2).
  if (near === 0 && k === 0 && 2 * B[q]! <= -N[q]!) error = -error - 1;
  B[q]! += error * step;
  A[q]! += Math.abs(error);
  learn(coding, q);
  return reconstruct(coding, predicted, sign * error);
}

/** Halves what was learnt now and then, and corrects the bias (A.6.1, A.6.2). */
function learn({ A, B, C, N, reset }: Coding, q: number): void {
  if (N[q] === reset) {
    A[q]! >>= 1;
    B[q]! >>= 1;
    N[q] >>= 1;
  }
  N[q]!++;
  if (B[q]! <= -N[q]!) {
    B[q] = Math.max(B[q]! + N[q]!, 1 - N[q]!);
    if (C[q]! > -128) C[q]!--;
  } else if (B[q]! > 0) {
    B[q] = Math.min(B[q]! - N[q]!, 0);
    if (C[q]! < 127) C[q]!++;
  }
}

/** Decodes the sample that ends a run (A.7.2). `kind` 1: its neighbours left and above are alike. */
function interruptingSample(decoding: Decoding, kind: 0 | 1, a: number, b: number): number {
  const { coding, bits, runIndex } = decoding;
  const { A, N, negatives, reset, limit, errorBits } = coding;
  const q = 365 + kind;
  const k = golombOrder(N[q]!, A[q]! + (kind === 1 ? N[q]! >> 1 : 0));
  const mapped = golomb(bits, k, limit - runOrders[runIndex]! - 1, errorBits);
  const odd = (mapped + kind) & 1;
  const size = (mapped + kind + odd) >> 1;
  const isNegative = Number(k !== 0 || 2 * negatives[kind]! >= N[q]!) === odd;
  const error = isNegative ? -size : size;
  if (error < 0) negatives[kind]!++;
  A[q]! += (mapped + 1 - kind) >> 1;
  if (N[q] === reset) {
    A[q]! >>= 1;
    N[q] >>= 1;
    negatives[kind]! >>= 1;
  }
  N[q]!++;
  return kind === 1
    ? reconstruct(coding, a, error)
    : reconstruct(coding, b, a > b ? -error : error);
}

/** Reads how many samples repeat, of at most `most`; tells whether another sample ends them (A.7.1.2). */
function readRun(decoding: Decoding, most: number): { length: number; isEnded: boolean } {
  const { bits } = decoding;
  let length = 0;
  while (bits.bits(1) === 1) {
    const whole = 1 << runOrders[decoding.runIndex]!;
    if (length + whole <= most && decoding.runIndex < 31) decoding.runIndex++;
    length = Math.min(most, length + whole);
    if (length === most) return { length, isEnded: false };
  }
  length += bits.bits(runOrders[decoding.runIndex]!);
  if (length >= most) throw unreadable('a JPEG-LS run is longer than its line');
  return { length, isEnded: true };
}

/** The quantised gradients at a column as one number, 0 where the run mode begins (A.3.4). */
function contextAt({ quantised, maximum }: Coding, { above, current }: Lines, at: number): number {
  const [a, b, c, d] = [current[at - 1]!, above[at]!, above[at - 1]!, above[at + 1]!];
  return (
    81 * quantised[d - b + maximum]! + 9 * quantised[b - c + maximum]! + quantised[c - a + maximum]!
  );
}

/** Decodes a run in all given components at once, and what ends it; returns the column after it. */
function decodeRun(decoding: Decoding, all: Lines[], column: number): number {
  const { length, isEnded } = readRun(decoding, decoding.columns - column);
  const end = column + length;
  for (const { current } of all) current.fill(current[column]!, column + 1, end + 1);
  if (!isEnded) return end;
  for (const { current, above } of all) {
    const [a, b] = [current[end]!, above[end + 1]!];
    const isAlike = all.length === 1 && Math.abs(a - b) <= decoding.coding.near;
    current[end + 1] = interruptingSample(decoding, isAlike ? 1 : 0, a, b);
  }
  if (decoding.runIndex > 0) decoding.runIndex--;
  return end + 1;
}

/** Decodes one line of components that alternate by sample, or of one alone. */
function decodeLine(decoding: Decoding, all: Lines[]): void {
  const { coding, columns } = decoding;
  for (const { above, current } of all) {
    current[0] = above[1]!;
    above[columns + 1] = above[columns]!;
  }
  for (let column = 0; column < columns;) {
    const at = column + 1;
    if (all.every((lines) => contextAt(coding, lines, at) === 0)) {
      column = decodeRun(decoding, all, column);
      continue;
    }
    for (const lines of all) {
      const { above, current } = lines;
      const neighbours: [number, number, number] = [current[at - 1]!, above[at]!, above[at - 1]!];
      current[at] = regularSample(decoding, contextAt(coding, lines, at), neighbours);
    }
    column++;
  }
}

/** Decodes a scan into the planes of its components; returns where the next marker is to be sought. */
function decodeScan(bytes: Uint8Array, scan: JpegLsScan, planes: Uint16Array[]): number {
  const { rows, columns } = scan.frame;
  const bits = new JpegLsBits(bytes, scan.at);
  const lines = scan.components.map((component) => ({
    plane: planes[component]!,
    above: new Int32Array(columns + 2),
    current: new Int32Array(columns + 2),
  }));
  const groups = scan.interleave === 'sample' ? [lines] : lines.map((one) => [one]);
  const coding = startCoding(scan);
  const decodings = groups.map(() => ({ coding, bits, columns, runIndex: 0 }));
  for (let row = 0; row < rows; row++)
    for (const [at, group] of groups.entries()) {
      decodeLine(decodings[at]!, group);
      for (const one of group) {
        one.plane.set(one.current.subarray(1, columns + 1), row * columns);
        [one.above, one.current] = [one.current, one.above];
      }
    }
  return bits.findMarker();
}

/**
 * Decodes a JPEG-LS codestream, lossless or near-lossless, of 2 to 16 bits (ITU-T T.87). Throws DATA_SET_UNREADABLE,
 * also where the codestream ends before the image does.
 */
export function decodeJpegLs(bytes: Uint8Array, format: PixelFormat): Samples {
  const state = noState();
  let scan = findJpegLsScan(bytes, readStart(bytes), state);
  if (!scan) throw unreadable('the JPEG-LS codestream has no scan');
  checkPromise(scan.frame, format);
  const { rows, columns, components, precision } = scan.frame;
  if (precision < 2) throw unreadable(`the JPEG-LS precision is ${precision}`);
  const words = new Uint16Array(rows * columns * components);
  const planes = Array.from({ length: components }, (_, k) =>
    words.subarray(k * rows * columns, (k + 1) * rows * columns),
  );
  const seen: number[] = [];
  let isLossy = false;
  while (scan && seen.length < components) {
    seen.push(...scan.components);
    isLossy ||= scan.near > 0;
    scan = findJpegLsScan(bytes, decodeScan(bytes, scan, planes), state);
  }
  if (seen.length !== components || new Set(seen).size !== components)
    throw unreadable('the JPEG-LS codestream does not have every component once');
  const bits = Math.min(precision, format.bitsStored);
  return { words, highBit: bits - 1, bits, overshoots: isLossy && !format.signed, planar: true };
}
