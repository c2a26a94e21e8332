import { describe, expect, it } from 'vitest';
import { isProportion, proportionSchema, toProportion } from './figure.ts';

describe('a proportion', () => {
  it('has the interval of Wilson: 81 of 263 is the example of Newcombe (1998)', () => {
    expect(toProportion(81, 263)).toEqual({ count: 81, of: 263, low: 0.2553, high: 0.3662 });
  });

  it.each([
    [0, 10],
    [10, 10],
    [1, 1],
    [471, 480],
    [15, 148],
  ])('of %i of %i keeps its own rule', (count, of) => {
    const made = toProportion(count, of);
    expect(proportionSchema.safeParse(made).success).toBe(true);
    expect(isProportion(made)).toBe(true);
  });

  it('is refused where its interval is better, worse or of other counts', () => {
    const made = toProportion(81, 263);
    expect(isProportion({ ...made, low: made.low + 0.0002 })).toBe(false);
    expect(isProportion({ ...made, high: made.high - 0.0002 })).toBe(false);
    expect(isProportion({ ...made, count: 82 })).toBe(false);
    expect(isProportion({ ...made, of: 264 })).toBe(false);
    expect(isProportion({ ...toProportion(5, 5), count: 6 })).toBe(false);
  });
});
