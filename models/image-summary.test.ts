import { expect, it } from 'vitest';
import { disc } from '../tests/fixtures/heatmap.ts';
import { summariseImage } from './image-summary.ts';

const size = { rows: 20, columns: 20 };
const at = { row: 9, column: 9 };
const valuesOf = (rest: Parameters<typeof disc>[2]) => [
  ...summariseImage(disc(size, at, rest)).values,
];

it('keeps the values of the lowest and the highest unit, and all that is not a value', () => {
  const image = disc(size, at, { slope: -1 });
  const { values, ...rest } = summariseImage(image);
  const { values: _, ...all } = image;
  expect([...values]).toEqual([3000, 1000]);
  expect(rest).toEqual(all);
});

it('follows a table, and leaves padding out', () => {
  const modalityLut = { first: 999, entries: Uint16Array.of(5, 9, 1), bits: 8 };
  expect(valuesOf({ modalityLut })).toEqual([3000, 1000]);
  expect(valuesOf({ padding: [0, 1000] })).toEqual([3000, 3000]);
  expect(valuesOf({ padding: [0, 4000] })).toEqual([]);
});
