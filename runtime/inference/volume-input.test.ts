import { describe, expect, it } from 'vitest';
import { fitGrid } from './volume-input.ts';

const grid = (sizes: [number, number, number]) =>
  Float32Array.from({ length: sizes[0] * sizes[1] * sizes[2] }, (_, at) => at + 1);

describe('a grid', () => {
  it('that fits stays as it is', () => {
    expect(fitGrid(grid([2, 2, 3]), [2, 2, 3], [2, 2, 3])).toEqual(grid([2, 2, 3]));
  });

  it('that is too large gives its middle', () => {
    const values = grid([3, 3, 3]);
    expect([...fitGrid(values, [3, 3, 3], [1, 1, 1])]).toEqual([14]);
    expect([...fitGrid(values, [3, 3, 3], [1, 3, 1])]).toEqual([11, 14, 17]);
  });

  it('that is too small is surrounded by its lowest value', () => {
    const fitted = fitGrid(Float32Array.of(5, 7), [1, 1, 2], [3, 1, 4]);
    expect([...fitted]).toEqual([5, 5, 5, 5, 5, 5, 7, 5, 5, 5, 5, 5]);
  });

  it('may be too large one way and too small another', () => {
    const fitted = fitGrid(grid([1, 1, 4]), [1, 1, 4], [1, 3, 2]);
    expect([...fitted]).toEqual([1, 1, 2, 3, 1, 1]);
  });
});
