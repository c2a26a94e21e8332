import { describe, expect, it } from 'vitest';
import type { Mask } from '../../models/outcome.ts';
import {
  areaOf,
  boxAround,
  largestPart,
  longAxisOf,
  pixelCount,
  runsOf,
  volumeOf,
} from './mask-geometry.ts';

/** A mask as drawn: # is a set pixel. */
function drawn(...rows: string[]): Mask {
  const runs = [...rows.join('').matchAll(/#+/g)].flatMap(({ index, 0: run }) => [
    index,
    run.length,
  ]);
  return { finding: 'any', rows: rows.length, columns: rows[0]!.length, runs };
}

const parts = (...rows: string[]) => runsOf(drawn(...rows));
const even = { rows: 1, columns: 1 };

describe('the runs of a mask', () => {
  it('are cut where a row ends', () => {
    expect(parts('..##', '####', '#...')).toEqual([
      { row: 0, start: 2, end: 4 },
      { row: 1, start: 0, end: 4 },
      { row: 2, start: 0, end: 1 },
    ]);
  });

  it('are none where nothing is set', () => {
    expect(parts('...', '...')).toEqual([]);
  });
});

describe('sizes', () => {
  it('are those of its pixels: 7 of half a millimetre by two', () => {
    const runs = parts('.##.', '###.', '.##.');
    expect(pixelCount(runs)).toBe(7);
    expect(areaOf(runs, { rows: 0.5, columns: 2 })).toBe(7);
    expect(areaOf(runs, { rows: 0.7, columns: 0.7 })).toBeCloseTo(3.43, 10);
  });

  it('of slices are a volume: 4 and 2 pixels of 0.25 mm², 5 mm apart', () => {
    const slices = [parts('##', '##'), parts('#.', '.#')];
    expect(volumeOf(slices, { rows: 0.5, columns: 0.5 }, 5)).toBe(7.5);
  });
});

describe('the box around a mask', () => {
  it('touches its outermost pixels at their outer edges', () => {
    expect(boxAround(parts('.....', '..#..', '.###.', '.....'))).toEqual({
      top: 1,
      left: 1,
      bottom: 3,
      right: 4,
    });
  });
});

describe('the largest part', () => {
  it('is the one with most pixels', () => {
    expect(largestPart(parts('##...#', '##..##', '....##'))).toEqual(
      parts('.....#', '....##', '....##'),
    );
  });

  it('hangs together by corners too', () => {
    expect(pixelCount(largestPart(parts('#...', '.#..', '..#.', '...#')))).toBe(4);
  });

  it('is found where two arms meet only below', () => {
    expect(pixelCount(largestPart(parts('#.#.#', '#.#.#', '###.#')))).toBe(7);
    expect(pixelCount(largestPart(parts('..#.#', '#.#.#', '#.###', '###..')))).toBe(12);
  });

  it('is the upper one of equals, and nothing of nothing', () => {
    expect(largestPart(parts('##..', '...#', '...#'))).toEqual(parts('##..', '....', '....'));
    expect(largestPart([])).toEqual([]);
  });
});

describe('the long axis', () => {
  it.each([
    ['a rectangle of 3 by 4 has the diagonal 5', 5, even, parts('####', '####', '####')],
    ['one pixel has its diagonal', Math.SQRT2, even, parts('#')],
    ['a column of 2 mm rows', Math.hypot(6, 1), { rows: 2, columns: 1 }, parts('#', '#', '#')],
    ['a slanted line', Math.hypot(3, 3), even, parts('..#', '.#.', '#..')],
    ['a hollow ring', Math.hypot(3, 3), even, parts('###', '#.#', '###')],
  ])('%s', (_name, expected, spacing, runs) => {
    expect(longAxisOf(runs, spacing)).toBeCloseTo(expected, 12);
  });
});
