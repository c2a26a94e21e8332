import { describe, expect, it } from 'vitest';
import type { InstanceResult, Mask } from '../../models/outcome.ts';
import { engineReply } from './engine-message.ts';
import { mostRunsTogether } from './mask.ts';

const mask: Mask = { finding: 'a', rows: 3, columns: 4, runs: [1, 2, 6, 6], frame: 2 };
const analysed: InstanceResult = {
  state: 'analysed',
  scores: [{ finding: 'a', probability: 0.5, spread: 0.1, frame: 2 }],
  maps: [{ finding: 'a', rows: 1, columns: 2, values: [1, 2], frame: 2 }],
  masks: [mask],
  outside: true,
};

function pass(result: unknown): unknown {
  const reply = { reply: 'results', results: [result], resident: 1, highest: 1 };
  const parsed = engineReply.safeParse(JSON.parse(JSON.stringify(reply)));
  if (!parsed.success) return undefined;
  return parsed.data.reply === 'results' ? parsed.data.results[0] : undefined;
}

describe('a result that the engine process tells', () => {
  it.each<[string, InstanceResult]>([
    ['with masks, maps and frames', analysed],
    ['without masks', { state: 'analysed', scores: [], maps: [] }],
    ['that has no masks', { ...analysed, masks: [] }],
    [
      'of an empty image',
      { state: 'not-analysed', reason: 'quality', detail: 'none', quality: 'no-image' },
    ],
  ])('arrives as it was: %s', (_, result) => {
    expect(pass(result)).toEqual(result);
  });

  it.each<[string, unknown]>([
    ['a mask larger than its image', { ...mask, runs: [11, 2] }],
    ['no runs', { ...mask, runs: undefined }],
    ['runs that are text', { ...mask, runs: '0,1' }],
    ['an image larger than any', { ...mask, rows: 65_536 }],
    ['frame 0', { ...mask, frame: 0 }],
  ])('makes no sense with %s', (_, odd) => {
    expect(pass({ ...analysed, masks: [odd] })).toBeUndefined();
  });

  it('makes no sense with a quality that nobody codes', () => {
    const result = { state: 'not-analysed', reason: 'quality', detail: '', quality: 'ugly' };
    expect(pass(result)).toBeUndefined();
  });

  it('makes no sense with more runs than an object may have', () => {
    const runs = Array.from({ length: 200_000 }, (_, at) => (at % 2 ? 1 : at));
    const large = { ...mask, rows: 1000, columns: 1000, runs };
    const masks = Array.from({ length: mostRunsTogether / 100_000 }, () => large);
    expect(pass({ ...analysed, masks })).toMatchObject({ state: 'analysed' });
    expect(pass({ ...analysed, masks: [...masks, mask] })).toBeUndefined();
  });
});
