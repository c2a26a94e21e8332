import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { type FeatureName, featureNames, histogramBins, thumbnailSide } from './features.ts';
import type { Measure, Reference } from './reference.ts';

/**
 * The reference as a file of a bundle: the letters SCREF1, a byte 0x0A, the length of a JSON header in four bytes
 * (little endian), the header, then float64 values: of each feature mean, deviations and Cholesky factor.
 */
const magic = Buffer.from('SCREF1\n');

const finite = z.number();
const measureHeader = z.strictObject({
  dimensions: z.int().min(0).max(4096),
  mean: finite,
  deviation: finite.positive(),
});

const header = z.strictObject({
  range: z.strictObject({ low: finite, high: finite }),
  // Of no dimensions either would be silent, and the gate open.
  thumbnail: measureHeader.extend({ dimensions: z.literal(thumbnailSide ** 2) }),
  histogram: measureHeader.extend({ dimensions: z.literal(histogramBins) }),
  embedding: measureHeader,
  limits: z.strictObject({
    thumbnail: finite.positive(),
    histogram: finite.positive(),
    embedding: finite.positive(),
    joint: finite.positive(),
    orientation: finite.positive(),
  }),
  line: finite.positive().optional(),
});

type Header = z.infer<typeof header>;

export function writeReference({ range, measures, limits, line }: Reference): Uint8Array {
  const measureOf = (name: FeatureName) => {
    const { gaussian, mean, deviation } = measures[name];
    return { dimensions: gaussian.mean.length, mean, deviation };
  };
  const head: Header = header.parse({
    range,
    thumbnail: measureOf('thumbnail'),
    histogram: measureOf('histogram'),
    embedding: measureOf('embedding'),
    limits,
    line,
  });
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const arrays = featureNames.flatMap((name) => {
    const { mean, deviation, factor } = measures[name].gaussian;
    return [mean, deviation, factor];
  });
  const values = arrays.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return Buffer.concat([magic, length, json, ...values]);
}

function refuse(why: string, cause?: unknown): ScansideError {
  return new ScansideError('BUNDLE_INVALID', `rule domain-reference: ${why}`, { cause });
}

function readHead(bytes: Buffer): { head: Header; end: number } {
  const start = magic.length + 4;
  if (bytes.length < start || !bytes.subarray(0, magic.length).equals(magic))
    throw refuse('the reference must begin with SCREF1');
  const end = start + bytes.readUInt32LE(magic.length);
  if (end > bytes.length) throw refuse('the header must be whole');
  try {
    return { head: header.parse(JSON.parse(bytes.toString('utf8', start, end))), end };
  } catch (cause) {
    throw refuse('the header must follow its schema', cause);
  }
}

/** Reads a reference that comes with a bundle. Throws BUNDLE_INVALID where it is not whole or holds what is no number. */
export function readReference(file: Uint8Array): Reference {
  const bytes = Buffer.from(file);
  const { head, end } = readHead(bytes);
  let at = end;
  const take = (count: number): Float64Array => {
    if (at + 8 * count > bytes.length) throw refuse('the values must be whole');
    const values = Float64Array.from({ length: count }, (_, k) => bytes.readDoubleLE(at + 8 * k));
    at += 8 * count;
    if (!values.every(Number.isFinite)) throw refuse('every value must be a number');
    return values;
  };
  const measure = (name: FeatureName): Measure => {
    const { dimensions: size, mean, deviation } = head[name];
    const factor = (size * (size + 1)) / 2;
    const gaussian = { mean: take(size), deviation: take(size), factor: take(factor) };
    return { gaussian, mean, deviation };
  };
  const measures = {
    thumbnail: measure('thumbnail'),
    histogram: measure('histogram'),
    embedding: measure('embedding'),
  };
  if (at !== bytes.length) throw refuse('nothing may follow the values');
  const { range, limits, line } = head;
  return { range, measures, limits, ...(line !== undefined && { line }) };
}
