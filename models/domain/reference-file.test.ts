import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { type Features, histogramBins, thumbnailSide } from './features.ts';
import { domainScores, fitReference } from './reference.ts';
import { readReference, writeReference } from './reference-file.ts';

function drawFeatures(seed: number, count: number): Features[] {
  const random = seededRandom(seed, 'features');
  const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
  return Array.from({ length: count }, () => ({
    thumbnail: draw(thumbnailSide ** 2),
    histogram: draw(histogramBins),
    embedding: draw(3),
  }));
}

const range = { low: -2, high: 2 };
const reference = fitReference(drawFeatures(1, 200), drawFeatures(2, 100), range, {
  falseStops: 0.05,
  beyond: 0.1,
});
const file = Buffer.from(writeReference(reference));
/** Letters, then the length of the header. */
const headAt = 7 + 4;
const valuesAt = headAt + file.readUInt32LE(7);

function withHead(change: (head: Record<string, unknown>) => void): Buffer {
  const head = JSON.parse(file.toString('utf8', headAt, valuesAt));
  change(head);
  const json = Buffer.from(JSON.stringify(head));
  const start = Buffer.from(file.subarray(0, headAt));
  start.writeUInt32LE(json.length, 7);
  return Buffer.concat([start, json, file.subarray(valuesAt)]);
}

function expectRefusal(bytes: Uint8Array, why = ''): void {
  expect(() => readReference(bytes)).toThrow(
    expect.objectContaining({
      code: 'BUNDLE_INVALID',
      message: expect.stringContaining(`rule domain-reference: ${why}`),
    }),
  );
}

describe('the file of a reference', () => {
  it('gives back what was written', () => {
    expect(readReference(file)).toEqual(reference);
    const [one] = drawFeatures(3, 1);
    expect(domainScores(readReference(file), one!)).toEqual(domainScores(reference, one!));
  });

  it('is refused wherever it is cut, and where something follows it', () => {
    const cuts = [...Array(valuesAt + 9).keys()];
    for (let at = valuesAt + 9; at < file.length; at += 997) cuts.push(at);
    for (const at of [...cuts, file.length - 1]) expectRefusal(file.subarray(0, at));
    expectRefusal(Buffer.concat([file, Buffer.alloc(1)]), 'nothing may follow');
  });

  it.each([[NaN], [Infinity], [-Infinity]])('is refused with %d among its values', (value) => {
    for (const at of [valuesAt, valuesAt + 8 * 200, file.length - 8]) {
      const changed = Buffer.from(file);
      changed.writeDoubleLE(value, at);
      expectRefusal(changed, 'every value');
    }
  });

  it('is refused where a header says what there cannot be', () => {
    expectRefusal(
      withHead((head) => (head['more'] = 1)),
      'the header',
    );
    expectRefusal(
      withHead((head) => (head['joint'] = { limit: 0 })),
      'the header',
    );
    expectRefusal(
      withHead((head) => (head['joint'] = { limit: -1 })),
      'the header',
    );
    expectRefusal(Buffer.concat([Buffer.from('SCREF2'), file.subarray(6)]), 'the reference');
    const long = Buffer.from(file);
    long.writeUInt32LE(0xffffffff, 7);
    expectRefusal(long, 'the header must be whole');
  });

  it.each(['thumbnail', 'histogram'])('is refused with a %s of no dimensions', (name) => {
    const without = withHead((head) => {
      head[name] = { ...(head[name] as object), dimensions: 0 };
    });
    expectRefusal(without, 'the header');
  });
});
