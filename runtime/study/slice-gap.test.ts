import { expect, test } from 'vitest';
import { hasGap } from './slice-gap.ts';

const along = (plane: string, ...positions: number[]) => positions.map((at) => ({ plane, at }));
const every = (mm: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => from + mm * index);

test.each<[string, number[], boolean]>([
  ['none', [], false],
  ['one', [0], false],
  ['too few to know a spacing', [0, 1, 9], false],
  ['an unbroken volume', every(0.625, 300), false],
  ['one slice missing', [0, 1, 2, 4, 5], true],
  ['one slice missing, received backwards', [5, 4, 2, 1, 0], true],
  ['a block missing', [...every(1, 50), ...every(1, 50, 90)], true],
  ['every place twice', [...every(1, 20), ...every(1, 20)], false],
  ['positions that are rounded', [0, 1.2, 2.5, 3.7, 5.0], false],
  ['overlapping reconstructions', every(0.7, 40), false],
])('slices of one plane: %s', (_title, positions, expected) => {
  expect(hasGap(along('axial', ...positions))).toBe(expected);
});

test('slices of another plane neither make a hole nor fill one', () => {
  expect(hasGap([...along('axial', 0, 1, 2, 3), ...along('coronal', 100, 200)])).toBe(false);
  expect(hasGap([...along('axial', 0, 1, 2, 4, 5), ...along('coronal', 3)])).toBe(true);
});
