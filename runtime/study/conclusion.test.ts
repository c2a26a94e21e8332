import { describe, expect, test } from 'vitest';
import type { InstanceResult } from '../../models/outcome.ts';
import {
  concludeStudy,
  type ConclusionRules,
  flaggedFindings,
  mayFlagEarly,
} from './conclusion.ts';

const manifest = {
  findings: [
    { id: 'nodule', threshold: 0.5 },
    { id: 'effusion', threshold: 0.8 },
  ],
  aggregation: { by: 'highest' },
} as ConclusionRules;
const scores = (nodule: number, effusion: number): InstanceResult => ({
  state: 'analysed',
  maps: [],
  scores: [
    { finding: 'nodule', probability: nodule },
    { finding: 'effusion', probability: effusion },
  ],
});
const missed: InstanceResult = {
  state: 'not-analysed',
  reason: 'unsupported-syntax',
  detail: 'JPEG',
};
const judge = (...results: InstanceResult[]) =>
  concludeStudy(
    manifest,
    results.map((result, index) => ({ sopInstanceUid: `1.${index}`, seriesUid: '1', result })),
  );

test('a probability at its threshold flags; one below does not', () => {
  expect(judge(scores(0.5, 0)).state).toBe('flagged');
  expect(judge(scores(0.499, 0.799)).state).toBe('no-flag');
});

test('one flagged image flags the study, and what was missed is named', () => {
  expect(judge(scores(0.1, 0.1), missed, scores(0.1, 0.9))).toMatchObject({
    state: 'flagged',
    missed: [{ sopInstanceUid: '1.1', reason: 'unsupported-syntax' }],
  });
});

test('without a flag, one image that was not looked at makes the study not analysed', () => {
  expect(judge(scores(0.1, 0.1), missed)).toEqual({
    state: 'not-analysed',
    reason: 'unsupported-syntax',
    detail: '1 of 2 images: JPEG',
  });
  expect(judge(missed)).toMatchObject({ detail: 'JPEG' });
});

test('what is wrong with a rejected image comes along', () => {
  const rejected: InstanceResult = {
    state: 'not-analysed',
    reason: 'quality',
    detail: '',
    quality: 'motion-blur',
  };
  expect(judge(rejected, scores(0.1, 0.1))).toMatchObject({ quality: 'motion-blur' });
});

test('findings are flagged by their own thresholds', () => {
  const conclusion = judge(scores(0.6, 0.7), scores(0.1, 0.8));
  expect(flaggedFindings(conclusion)).toEqual(['nodule', 'effusion']);
  expect(conclusion).toMatchObject({
    findings: [
      { finding: 'nodule', probability: 0.6, key: [{ sopInstanceUid: '1.0' }] },
      { finding: 'effusion', probability: 0.8, key: [{ sopInstanceUid: '1.1' }] },
    ],
  });
});

describe('a series of slices', () => {
  const rules = {
    findings: [{ id: 'bleed', threshold: 0.5 }],
    aggregation: { by: 'top', k: 2 },
    domain: { file: '', tolerated: 0.25, falseStops: { count: 0, of: 1 } },
  } as ConclusionRules;
  const slice = (probability: number, seriesUid = '1', outside = false) => ({
    sopInstanceUid: `${seriesUid}.${probability}`,
    seriesUid,
    result: {
      state: 'analysed' as const,
      scores: [{ finding: 'bleed', probability }],
      maps: [],
      ...(outside && { outside }),
    },
  });

  test('counts by the mean of its strongest slices, which become its key images', () => {
    const conclusion = concludeStudy(rules, [slice(0.2), slice(0.7), slice(0.4), slice(0.1)]);
    expect(conclusion).toMatchObject({
      state: 'flagged',
      findings: [{ key: [{ sopInstanceUid: '1.0.7' }, { sopInstanceUid: '1.0.4' }] }],
    });
    expect(concludeStudy(rules, [slice(0.2), slice(0.7)]).state).toBe('no-flag');
  });

  test('is not mixed with another series', () => {
    expect(
      concludeStudy(rules, [slice(0.9), slice(0), slice(0.8, '2'), slice(0.1, '2')]).state,
    ).toBe('no-flag');
  });

  test('with a few odd slices is judged; with many it is outside the domain', () => {
    const odd = slice(0.1, '1', true);
    expect(concludeStudy(rules, [odd, slice(0.2), slice(0.1), slice(0.3)]).state).toBe('no-flag');
    expect(concludeStudy(rules, [odd, odd, slice(0.9), slice(0.9)])).toEqual({
      state: 'not-analysed',
      reason: 'outside-validated-domain',
      detail: '2 of 4 images of a series',
    });
  });

  test('may be flagged before it is whole only when enough of it is there', () => {
    expect([1, 2].map((images) => mayFlagEarly(rules, images))).toEqual([false, true]);
  });
});

describe('doubt', () => {
  const rules = {
    findings: [
      { id: 'nodule', threshold: 0.5, conformal: { alpha: 0.1, positive: 0.7, negative: 0.6 } },
    ],
    aggregation: { by: 'highest' },
    largestSpread: 0.2,
  } as unknown as ConclusionRules;
  const conclude = (probability: number, spread: number) =>
    concludeStudy(rules, [
      {
        sopInstanceUid: '1',
        seriesUid: '1',
        result: {
          state: 'analysed',
          scores: [{ finding: 'nodule', probability, spread }],
          maps: [],
        },
      },
    ]);

  test.each([
    ['a low probability is no flag', 0.29, 0, 'no-flag'],
    ['one that the calibration cannot rule out is not', 0.31, 0, 'not-analysed'],
    ['members that disagree say nothing', 0.1, 0.21, 'not-analysed'],
    ['nothing holds a flag back', 0.5, 0.4, 'flagged'],
  ])('%s', (_, probability, spread, state) => {
    const conclusion = conclude(probability, spread);
    expect(conclusion.state).toBe(state);
    if (conclusion.state !== 'not-analysed') return;
    expect(conclusion.reason).toBe('uncertain');
    expect(conclusion.seen?.findings[0]).toMatchObject({ finding: 'nodule', flagged: false });
    expect(conclusion.seen?.analysed[0]?.scores[0]).toMatchObject({ probability, spread });
  });
});
