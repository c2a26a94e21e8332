import { expect, test } from 'vitest';
import type { Manifest } from '../../models/manifest.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { concludeStudy, flaggedFindings } from './conclusion.ts';

const manifest = {
  findings: [
    { id: 'nodule', threshold: 0.5 },
    { id: 'effusion', threshold: 0.8 },
  ],
} as Manifest;
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
    results.map((result, index) => ({ sopInstanceUid: `1.${index}`, result })),
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

test('findings are flagged by their own thresholds', () => {
  const conclusion = judge(scores(0.6, 0.7), scores(0.1, 0.8));
  expect(conclusion.state === 'flagged' && flaggedFindings(manifest, conclusion.analysed)).toEqual([
    'nodule',
    'effusion',
  ]);
});
