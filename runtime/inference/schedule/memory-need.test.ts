import { describe, expect, it } from 'vitest';
import { needOf, observePeak } from './memory-need.ts';

const seen = observePeak(observePeak(observePeak(new Map(), 1, 50), 4, 120), 4, 100);

describe('memory of runs', () => {
  it('is the most that was seen', () => {
    expect(needOf(seen, 1)).toBe(50);
    expect(needOf(seen, 4)).toBe(120);
  });

  it('is guessed in proportion to what is smaller, or as much as what is larger', () => {
    expect(needOf(seen, 2)).toBe(100);
    expect(needOf(seen, 16)).toBe(480);
    expect(needOf(observePeak(new Map(), 4, 120), 1)).toBe(120);
    expect(needOf(new Map(), 1)).toBeUndefined();
  });
});
