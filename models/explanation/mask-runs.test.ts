import { describe, expect, it } from 'vitest';
import { areRuns, maskRuns, mostRuns } from './mask-runs.ts';

const steps = [{ step: 'resize' as const, rows: 8, columns: 8 }];

function grid(rows: number, columns: number, ...values: number[]) {
  return { rows, columns, values: Float32Array.from(values) };
}

describe('the runs of a mask', () => {
  const source = { rows: 2, columns: 4 };
  const runsOf = (...values: number[]) => maskRuns(grid(2, 4, ...values), { source, steps }, 0.5);

  it('are starts and lengths over the whole image, joined where one line goes on in the next', () => {
    expect(runsOf(-1, 1, 1, -1, 1, -1, 1, 1)).toEqual([1, 2, 4, 1, 6, 2]);
    expect(runsOf(-1, -1, 1, 1, 1, -1, -1, -1)).toEqual([2, 3]);
    expect(runsOf(1, 1, 1, 1, 1, 1, 1, 1)).toEqual([0, 8]);
  });

  it('are none where nothing reaches the threshold', () => {
    expect(runsOf(-1, -1, -1, -1, -1, -1, -1, -0.001)).toEqual([]);
  });

  it('begin at the threshold itself', () => {
    const logit = Math.log(0.2 / 0.8);
    const values = grid(1, 4, logit + 1e-4, logit - 1e-4, 5, -5);
    expect(maskRuns(values, { source: { rows: 1, columns: 4 }, steps }, 0.2)).toEqual([0, 1, 2, 1]);
    expect(runsOf(0, -1, -1, -1, -1, -1, -1, -1)).toEqual([0, 1]);
  });

  it('end where the interpolated logit crosses it, not at the border of a field', () => {
    const far = { source: { rows: 1, columns: 40 }, steps };
    // Centres of the fields lie at 9.5 and 29.5; the logit falls by 0.2 a pixel and is 0 at 24.5.
    expect(maskRuns(grid(1, 2, 3, -1), far, 0.5)).toEqual([0, 25]);
  });

  it('leave out what the network has not seen, also below a probability of a half', () => {
    const crop = [{ step: 'crop' as const, fraction: 0.5 }];
    const journey = { source: { rows: 4, columns: 4 }, steps: crop };
    expect(maskRuns(grid(1, 1, 9), journey, 0.01)).toEqual([5, 2, 9, 2]);
  });

  it('are refused where there are more than a mask may have', () => {
    const side = 450;
    const values = Float32Array.from({ length: side * side }, (_, at) => (at % 2 ? 1 : -1));
    const torn = { rows: side, columns: side, values };
    const journey = { source: { rows: side, columns: side }, steps };
    expect(() => maskRuns(torn, journey, 0.5)).toThrow('MODEL_FAULT');
    const edge = mostRuns * 2;
    torn.values.fill(-1, edge);
    expect(maskRuns(torn, journey, 0.5)).toHaveLength(2 * mostRuns);
    torn.values[edge + 1] = 1;
    expect(() => maskRuns(torn, journey, 0.5)).toThrow(`more than ${mostRuns} runs`);
  });
});

describe('runs from outside', () => {
  const image = { rows: 3, columns: 4 };

  it.each([[[]], [[0, 12]], [[0, 1, 2, 3, 11, 1]], [[0, 2, 2, 1]]])('are taken: %j', (runs) => {
    expect(areRuns({ ...image, runs })).toBe(true);
  });

  it.each([
    ['an odd number', [0, 1, 2]],
    ['an empty run', [3, 0]],
    ['beyond the image', [11, 2]],
    ['before it', [-1, 2]],
    ['one over another', [0, 3, 2, 2]],
    ['descending', [5, 1, 2, 1]],
    ['half a pixel', [0.5, 1]],
    ['no number', [Number.NaN, 1]],
    ['a word', [0, '1' as unknown as number]],
  ])('are refused: %s', (_, runs) => {
    expect(areRuns({ ...image, runs })).toBe(false);
  });

  it('are refused where there are too many, although they fit', () => {
    const large = { rows: 65_535, columns: 65_535 };
    const runs = Array.from({ length: 2 * mostRuns }, (_, at) => (at % 2 ? 1 : at * 2));
    expect(areRuns({ ...large, runs })).toBe(true);
    expect(areRuns({ ...large, runs: [...runs, 4_000_000, 1] })).toBe(false);
  });
});
