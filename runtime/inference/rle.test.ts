import { describe, expect, it } from 'vitest';
import { decodeRle } from './rle.ts';

/** A frame of the given segments after a header that is right (PS3.5 G.5). */
function frame(...segments: number[][]): Uint8Array {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments.length, 0);
  let at = 64;
  for (const [k, segment] of segments.entries()) {
    header.writeUInt32LE(at, 4 + 4 * k);
    at += segment.length;
  }
  return Buffer.concat([header, Buffer.from(segments.flat())]);
}

const bytes8 = { pixels: 4, samples: 1, bytes: 1 };
const words = { pixels: 3, samples: 1, bytes: 2 };

describe('an RLE frame', () => {
  it('has runs, literals and nothing at 128 (PS3.5 G.3.1)', () => {
    expect([...decodeRle(frame([254, 7, 128, 0, 9]), bytes8)]).toEqual([7, 7, 7, 9]);
  });

  it('has the most significant byte first', () => {
    expect([...decodeRle(frame([2, 1, 2, 3], [2, 10, 20, 30]), words)]).toEqual([
      10, 1, 20, 2, 30, 3,
    ]);
  });

  it('has sample after sample', () => {
    const decoded = decodeRle(frame([1, 1, 2], [255, 3], [1, 4, 5]), {
      pixels: 2,
      samples: 3,
      bytes: 1,
    });
    expect([...decoded]).toEqual([1, 2, 3, 3, 4, 5]);
  });

  it('may go on after its last pixel', () => {
    expect([...decodeRle(frame([200, 7, 0, 0]), bytes8)]).toEqual([7, 7, 7, 7]);
    expect([...decodeRle(frame([7, 1, 2, 3, 4, 5, 6, 7, 8]), bytes8)]).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, Uint8Array, typeof bytes8]>([
    ['the RLE header is cut short', new Uint8Array(63), bytes8],
    ['names 1 segments; 2 are due', frame([254, 7, 0, 9]), words],
    ['ends after 3 of 4 bytes', frame([254, 7]), bytes8],
    ['ends inside a run', frame([3, 1, 2, 3]), bytes8],
    ['ends inside a run', frame([254]), bytes8],
    [
      'an impossible offset',
      frame([254, 7, 0, 9]).map((byte, at) => (at === 4 ? 63 : byte)),
      bytes8,
    ],
    [
      'an impossible offset',
      frame([254, 7, 0, 9]).map((byte, at) => (at === 6 ? 1 : byte)),
      bytes8,
    ],
    ['names 4294967295 segments', new Uint8Array(64).fill(255), bytes8],
  ])('that is damaged is refused: %s', (detail, bytes, shape) => {
    expect(() => decodeRle(bytes, shape)).toThrow(detail);
  });
});
