import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../models/manifest.ts';
import { seeAs } from './view.ts';

function input(slices: number, rows: number, columns: number): ModelInput {
  return { name: 'image', kind: slices > 1 ? 'slab' : 'image', slices, rows, columns, batch: 1 };
}

const numbers = (length: number) => Float32Array.from({ length }, (_, at) => at);

describe('a view', () => {
  it('mirrored has every line from its end, in every plane', () => {
    expect([...seeAs('mirrored', numbers(12), input(2, 2, 3))]).toEqual([
      2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9,
    ]);
  });

  it('mirrored twice is the original', () => {
    const original = numbers(5 * 8 * 9);
    const form = input(5, 8, 9);
    expect(seeAs('mirrored', seeAs('mirrored', original, form), form)).toEqual(original);
  });

  it.each([
    ['enlarged', 1.06],
    ['reduced', 1 / 1.06],
  ] as const)('%s keeps the centre and shows %d times as large', (view, zoom) => {
    const side = 201;
    const dot = 60;
    const picture = new Float32Array(side * side);
    const centre = (side - 1) / 2;
    picture[centre * side + centre] = 1;
    const seen = seeAs(view, picture, input(1, side, side));
    expect(seen[centre * side + centre]).toBe(1);
    const ramp = Float32Array.from({ length: side * side }, (_, at) => at % side);
    const at = Math.round(centre + dot * zoom);
    const shown = seeAs(view, ramp, input(1, side, side))[centre * side + at]!;
    expect(Math.abs(shown - (centre + dot))).toBeLessThanOrEqual(1);
  });

  it('repeats the border where it sees beyond the picture', () => {
    const ramp = Float32Array.from({ length: 64 * 64 }, (_, at) => at % 64);
    const seen = seeAs('reduced', ramp, input(1, 64, 64));
    expect(seen.slice(0, 3)).toEqual(Float32Array.of(0, 0, 0));
    expect(seen[63]).toBe(63);
  });
});
