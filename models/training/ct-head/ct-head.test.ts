import { describe, expect, it } from 'vitest';
import { type HeadSlice, scanHead, type ScanRequest } from '../../phantom/head/scan.ts';
import { storeHeadSlice } from '../../phantom/head/stored-slice.ts';
import { preprocess } from '../../preprocess.ts';
import {
  ctHeadPreprocess,
  goldenSeries,
  inputSide,
  leastBleed,
  referenceCheckSeries,
  referenceSeries,
} from './ct-head.ts';

function everySlice(request: ScanRequest): HeadSlice[] {
  const scan = scanHead(request);
  return Array.from({ length: scan.protocol.slices }, (_, at) => scan.slice(at));
}

describe('the golden series', () => {
  it.each(goldenSeries)('of seed $seed shows $bleeds or nothing that bleeds', (request) => {
    const areas = everySlice(request).map(({ bleedArea }) => bleedArea);
    const most = Math.max(...areas);
    if (request.bleeds.length === 0) expect(most).toBe(0);
    else expect(most).toBeGreaterThan(2 * leastBleed);
  });

  it('becomes an input of the network between 0 and 1, with air at 0 and bone at 1', () => {
    const [request] = goldenSeries;
    const slice = scanHead(request ?? never()).slice(4);
    const { values, rows, columns } = preprocess(storeHeadSlice(slice), ctHeadPreprocess);
    expect([rows, columns]).toEqual([inputSide, inputSide]);
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBeGreaterThan(0.999);
    expect(Math.max(...values)).toBeLessThanOrEqual(1.000001);
    expect(values[(inputSide / 2) * (inputSide + 1) + 12]).toBeGreaterThan(0.1);
  });
});

function never(): never {
  throw new Error('there is no golden series');
}

describe('the reference series', () => {
  it('are other heads than those that check it', () => {
    const seeds = [...referenceSeries, ...referenceCheckSeries].map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});
