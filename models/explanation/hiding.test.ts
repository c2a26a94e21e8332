import { describe, expect, it } from 'vitest';
import { hiderOf, replacements } from './hiding.ts';
import { explainByOcclusion, planPatches } from './occlusion.ts';
import { halfMaximumOf, peakOf } from './heat-map.ts';
import type { Predict } from './predictor.ts';
import { segment } from './superpixel.ts';
import { explainBySuperpixels, paintWeights } from './surrogate.ts';

const grid = { rows: 64, columns: 48 };
const size = grid.rows * grid.columns;

function distanceTo({ row, column }: { row: number; column: number }) {
  return (at: number) =>
    Math.hypot(Math.floor(at / grid.columns) - row, (at % grid.columns) - column);
}

const place = { row: 41, column: 17 };
const elsewhere = { row: 14, column: 33 };
const isBlob = (at: number) => distanceTo(place)(at) < 5;
const isOther = (at: number) => distanceTo(elsewhere)(at) < 5;

/** A blob that speaks for the finding, and another one that speaks against it. */
const values = Float32Array.from({ length: size }, (_, at) =>
  isBlob(at) || isOther(at) ? 1 : 0.001 * (at % grid.columns),
);
const input = { ...grid, values };

function meanOf(picture: Float32Array, isPart: (at: number) => boolean): number {
  const part = picture.filter((_, at) => isPart(at));
  return part.reduce((sum, value) => sum + value, 0) / part.length;
}

const predict: Predict = async (inputs) =>
  inputs.map((each) => 6 * meanOf(each, isBlob) - 3 * meanOf(each, isOther));

describe.each(replacements)('what is hidden by %s', (replacement) => {
  it('is replaced smoothly, and nothing else is touched', () => {
    const ramp = Float32Array.from({ length: size }, (_, at) => at % grid.columns);
    const isHidden = (at: number) => distanceTo(place)(at) < 8;
    const filled = hiderOf({ ...grid, values: ramp }, replacement, 8)(isHidden);
    for (const [at, value] of filled.entries())
      if (isHidden(at)) expect(Math.abs(value - ramp[at]!)).toBeLessThan(5);
      else expect(value).toBe(ramp[at]);
  });

  it('shows little of a blob', () => {
    const filled = hiderOf(input, replacement, 8)((at) => distanceTo(place)(at) < 7);
    expect(meanOf(filled, isBlob)).toBeLessThan(replacement === 'blur' ? 0.15 : 0.03);
    expect(meanOf(filled, isOther)).toBe(1);
  });

  it('is hidden in every plane, each from its own surroundings', () => {
    const planes = { ...grid, values: new Float32Array(2 * size).fill(1).fill(9, size) };
    planes.values[0] = 50;
    planes.values[size] = 50;
    const filled = hiderOf(planes, replacement, 8)((at) => at === 0);
    expect(Math.abs(filled[0]! - 1)).toBeLessThan(0.2);
    expect(Math.abs(filled[size]! - 9)).toBeLessThan(0.2);
  });

  it('is a number even where everything is hidden', () => {
    expect(hiderOf(input, 'surroundings', 8)(() => true).every((value) => value === 0)).toBe(true);
  });
});

describe('occlusion', () => {
  it('has patches that cover every pixel and stay inside', () => {
    const counts = new Uint8Array(size);
    for (const { row, column, rows, columns } of planPatches(grid))
      for (let at = row; at < row + rows; at++)
        for (let to = column; to < column + columns; to++) {
          expect(at < grid.rows && to < grid.columns).toBe(true);
          counts[at * grid.columns + to]! += 1;
        }
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it.each([
    { rows: 1, columns: 1 },
    { rows: 8, columns: 9 },
    { rows: 3, columns: 100 },
  ])('is planned for %j', (small) => {
    const patches = planPatches(small);
    const last = patches.at(-1)!;
    expect(last.row + last.rows).toBe(small.rows);
    expect(last.column + last.columns).toBe(small.columns);
  });

  it.each(replacements)('by %s finds what speaks for and against', async (replacement) => {
    const map = await explainByOcclusion(input, predict, replacement);
    const peak = peakOf(map);
    expect(Math.hypot(peak.row - place.row, peak.column - place.column)).toBeLessThan(5);
    expect(meanOf(map.values, isBlob)).toBeGreaterThan(0.5);
    expect(meanOf(map.values, isOther)).toBeLessThan(-0.25);
    expect(halfMaximumOf(map)!.share).toBeLessThan(0.1);
  });
});

describe('superpixel weights', () => {
  const superpixels = segment(input, 48);
  const request = {
    input,
    superpixels,
    predict,
    replacement: 'blur',
    seed: 4,
    masks: 480,
  } as const;

  it.each(replacements)(
    'by %s find what speaks for and against, and fit unseen masks',
    async (replacement) => {
      const { weights, fit, masks } = await explainBySuperpixels({ ...request, replacement });
      const map = paintWeights(superpixels, weights);
      const peak = peakOf(map);
      expect(Math.hypot(peak.row - place.row, peak.column - place.column)).toBeLessThan(5);
      expect(meanOf(map.values, isOther)).toBeLessThan(-0.5);
      expect(fit).toBeGreaterThan(0.9);
      expect(masks).toBe(480);
    },
  );

  it('are the same for the same seed and others for another', async () => {
    const few = { ...request, masks: 60 };
    const weights = (await explainBySuperpixels(few)).weights;
    expect((await explainBySuperpixels(few)).weights).toEqual(weights);
    expect((await explainBySuperpixels({ ...few, seed: 5 })).weights).not.toEqual(weights);
  });

  it('are nothing, of unknown fit, where the network always says the same', async () => {
    const dull: Predict = async (inputs) => inputs.map(() => 2);
    const { weights, fit } = await explainBySuperpixels({ ...request, predict: dull, masks: 60 });
    expect(weights.every((weight) => Math.abs(weight) < 1e-12)).toBe(true);
    expect(fit).toBeUndefined();
  });
});
