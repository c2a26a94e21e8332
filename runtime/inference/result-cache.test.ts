import { describe, expect, it } from 'vitest';
import type { InstanceResult } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/preprocess.ts';
import { ResultCache } from './result-cache.ts';

const image: StoredImage = {
  rows: 1,
  columns: 4,
  values: Float32Array.of(1, 2, 3, 4),
  range: [0, 255],
  photometric: 'MONOCHROME2',
  slope: 1,
  intercept: 0,
  geometry: {
    spacing: { rows: 1, columns: 1, within: 'patient' },
    position: [0, 0, 0],
    orientation: [1, 0, 0, 0, 1, 0],
  },
};

const analysed: InstanceResult = { state: 'analysed', scores: [], maps: [] };
const key = (change: Partial<StoredImage>) => ResultCache.key([{ ...image, ...change }], 'b', 1);

describe('the name of a result', () => {
  it('is that of the same pixels, whatever array they lie in', () => {
    const lying = Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5);
    expect(key({ values: lying })).toBe(key({}));
  });

  it.each<[string, Partial<StoredImage>]>([
    ['a pixel', { values: Float32Array.of(1, 2, 3, 5) }],
    ['the shape', { rows: 2, columns: 2 }],
    ['the photometric interpretation', { photometric: 'MONOCHROME1' }],
    ['the slope', { slope: 2 }],
    ['the intercept', { intercept: -1024 }],
    ['the range', { range: [0, 4095] }],
    ['the padding', { padding: [0, 0] }],
    ['the window', { voi: { centre: 1, width: 2, function: 'linear' } }],
    ['a table', { modalityLut: { first: 0, entries: Uint16Array.of(1, 2), bits: 8 } }],
    ['the spacing', { geometry: { spacing: { rows: 2, columns: 1, within: 'patient' } } }],
    ['the position', { geometry: { ...image.geometry, position: [0, 0, 5] } }],
    ['the orientation', { geometry: { ...image.geometry, orientation: [0, 1, 0, 0, 0, -1] } }],
  ])('is another for %s', (_, change) => {
    expect(key(change)).not.toBe(key({}));
  });

  it('is another for another bundle, other code and another order of slices', () => {
    const other = { ...image, slope: 2 };
    const keys = [
      ResultCache.key([image], 'b', 1),
      ResultCache.key([image], 'c', 1),
      ResultCache.key([image], 'b', 2),
      ResultCache.key([image, other], 'b', 1),
      ResultCache.key([other, image], 'b', 1),
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
});
