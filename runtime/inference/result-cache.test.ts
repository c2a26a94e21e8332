import { describe, expect, it } from 'vitest';
import type { InstanceResult } from '../../models/outcome.ts';
import { ResultCache } from './result-cache.ts';

const analysed: InstanceResult = { state: 'analysed', scores: [], maps: [] };
describe('the name of a result', () => {
  const input = Float32Array.of(1, 2, 3, 4);
  const grid = { rows: 4, columns: 2, spacing: { rows: 0.5, columns: 0.5 } };

  it('is that of the same values, whatever array they lie in', () => {
    const lying = Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5);
    expect(ResultCache.key(lying, 'b', { ...grid })).toBe(ResultCache.key(input, 'b', grid));
  });

  it('is another for another value, bundle or grid of the image', () => {
    const other = Float32Array.of(1, 2, 3, 5);
    const keys = [
      ResultCache.key(input, 'b', grid),
      ResultCache.key(other, 'b', grid),
      ResultCache.key(input, 'c', grid),
      ResultCache.key(input, 'b', { ...grid, rows: 2, columns: 4 }),
      ResultCache.key(input, 'b', { ...grid, spacing: { rows: 0.5, columns: 1 } }),
      ResultCache.key(input, 'b', { rows: 4, columns: 2 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the cache', () => {
  it('gives back what it was given', () => {
    const cache = new ResultCache();
    cache.store('a', analysed);
    expect(cache.find('a')).toBe(analysed);
    expect(cache.find('b')).toBeUndefined();
  });

  it('keeps that an image is outside, and no failure of the model', () => {
    const cache = new ResultCache();
    const outside = { state: 'not-analysed', detail: '' } as const;
    cache.store('a', { ...outside, reason: 'outside-validated-domain' });
    cache.store('b', { ...outside, reason: 'model-fault' });
    expect(cache.find('a')).toBeDefined();
    expect(cache.find('b')).toBeUndefined();
  });

  it('forgets the least recently used first', () => {
    const cache = new ResultCache();
    for (let at = 0; at < 1024; at++) cache.store(String(at), analysed);
    cache.find('0');
    cache.store('one more', analysed);
    expect(cache.size).toBe(1024);
    expect(cache.find('0')).toBeDefined();
    expect(cache.find('1')).toBeUndefined();
  });

  it('keeps no more than four million runs of masks, however few results they are', () => {
    const cache = new ResultCache();
    const runs = Array.from({ length: 2_000_000 }, () => 1);
    const large: InstanceResult = {
      ...analysed,
      masks: [{ finding: 'a', rows: 1, columns: 1, runs }],
    };
    for (const key of ['a', 'b', 'c', 'd', 'd']) cache.store(key, large);
    expect(cache.size).toBe(4);
    cache.store('e', large);
    expect(cache.size).toBe(4);
    expect(cache.find('a')).toBeUndefined();
    expect(cache.find('e')).toBe(large);
  });
});
