import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import type { HeatMap } from './heat-map.ts';
import { segment, type Superpixels } from './superpixel.ts';

function picture(
  rows: number,
  columns: number,
  grey: (row: number, column: number) => number,
): HeatMap {
  const values = Float32Array.from({ length: rows * columns }, (_, at) =>
    grey(Math.floor(at / columns), at % columns),
  );
  return { rows, columns, values };
}

const random = seededRandom(5, 'superpixel test');
const noise = picture(40, 56, () => random.normal());
const twoTones = picture(48, 48, (_, column) => (column < 21 ? 0 : 1));

/** Joins neighbours of the same label until nothing changes, and counts what is left: one for each that hangs together. */
function countConnected({ rows, columns, labels }: Superpixels): number {
  const root = Int32Array.from(labels, (_, at) => at);
  const find = (at: number): number => (root[at] === at ? at : find(root[at]!));
  for (let at = 0; at < rows * columns; at++) {
    if (at % columns > 0 && labels[at] === labels[at - 1]) root[find(at)] = find(at - 1);
    if (at >= columns && labels[at] === labels[at - columns]) root[find(at)] = find(at - columns);
  }
  return new Set(labels.map((_, at) => find(at))).size;
}

describe('superpixels', () => {
  it.each([
    ['noise', noise, 30],
    ['two tones', twoTones, 36],
    ['one tone', picture(33, 20, () => 7), 12],
    ['a line', picture(1, 50, (_, column) => column % 9), 5],
    ['a single pixel', picture(1, 1, () => 3), 8],
  ])('cover every pixel of %s once and hang together', (_, source, wanted) => {
    const superpixels = segment(source, wanted);
    const { labels, count } = superpixels;
    expect(labels).toHaveLength(source.values.length);
    expect(new Set(labels)).toEqual(new Set(Array.from({ length: count }, (_x, at) => at)));
    expect(countConnected(superpixels)).toBe(count);
  });

  it('are about as many as asked for and of similar size', () => {
    const { count, labels } = segment(
      picture(60, 60, () => 0),
      36,
    );
    expect(count).toBe(36);
    const sizes = Array.from(
      { length: 36 },
      (_, at) => labels.filter((each) => each === at).length,
    );
    expect(Math.min(...sizes)).toBeGreaterThan(60);
    expect(Math.max(...sizes)).toBeLessThan(160);
  });

  it('follow an edge', () => {
    const { labels } = segment(twoTones, 36);
    const dark = new Set(labels.filter((_, at) => twoTones.values[at] === 0));
    const bright = new Set(labels.filter((_, at) => twoTones.values[at] === 1));
    expect([...dark].filter((label) => bright.has(label))).toEqual([]);
  });
});
