import { describe, expect, it } from 'vitest';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion } from '../models/outcome.ts';
import { exam } from '../tests/panel-source.ts';
import { sampleManifest } from '../tests/fixtures/manifest.ts';
import { describeExam, type DetailParts, wordSpread } from './exam-detail.ts';
import { bundleOf } from './exam-outcome.ts';
import { reactionsOf, subjectOf } from './exam-pictures.ts';
import type { Delivery } from './outbox/delivery-ledger.ts';
import type { Instance } from './spool/instance.ts';
import type { Result, Study } from './spool/study-ledger.ts';

const [first] = sampleManifest.findings;
const finding = {
  ...first!,
  tiers: [
    { name: 'high', from: 0.9, confirmed: { count: 41, of: 100, low: 0.3189, high: 0.5085 } },
    { name: 'medium', from: first!.threshold },
  ],
} as Bundle['manifest']['findings'][number];

function bundleWith(change: Partial<Bundle['manifest']> = {}): Bundle {
  const manifest = {
    ...sampleManifest,
    presentation: 'concurrent-aid',
    show: { flag: true, localisation: true, qualityHint: false },
    explanation: { method: 'class-activation-map', statement: 'Rough indication.' },
    largestSpread: 0.1,
    findings: [finding],
    ...change,
  } as Bundle['manifest'];
  return { folder: '', hash: 'h', manifest };
}

const key = { sopInstanceUid: '2.25.5' };
const conclusion: Conclusion = {
  state: 'flagged',
  analysed: [{ ...key, scores: [{ finding: finding.id, probability: 0.95, spread: 0.07 }] }],
  missed: [],
  findings: [{ finding: finding.id, probability: 0.95, flagged: true, key: [key] }],
};
const result = { model: 'm', inputs: ['2.25.5'], bundleHash: 'h', completedAt: 20 } as Result;
const study = { firstReceivedAt: 10, mismatch: false } as Study;
const map = { finding: finding.id, rows: 1, columns: 1, values: [1] };
const answers = () =>
  new Map([['2.25.5', { state: 'analysed' as const, scores: [], maps: [map] }]]);

function detailOf(change: Partial<DetailParts> = {}) {
  return describeExam({
    exam: exam({ resultAt: 30, deliveredAt: 40 }),
    study,
    standing: { conclusion, model: 'm', result, withdrawn: false },
    results: [result],
    deliveries: [],
    bundle: bundleWith(),
    pictures: {
      images: [],
      previews: 'ready',
      nameOf: ({ sopInstanceUid }) => `image-${sopInstanceUid}`,
      heatmaps: [{ imageId: 'image-2.25.5', finding: finding.id }],
    },
    acts: [],
    ...change,
  });
}

describe('the aid of an exam', () => {
  it('tells tier with what it was worth, spread, key image and places of a flag', () => {
    expect(detailOf().aid).toEqual({
      findings: [
        {
          id: finding.id,
          label: finding.label,
          tier: 'high',
          confirmed: { count: 41, of: 100, low: 0.3189, high: 0.5085 },
          spread: 'moderate',
        },
      ],
      keyImage: 'image-2.25.5',
      heatmaps: [{ imageId: 'image-2.25.5', finding: finding.id }],
      statement: 'Rough indication.',
    });
  });

  it.each<[string, Partial<DetailParts>]>([
    [
      'of a flag that was taken back',
      { standing: { conclusion, model: 'm', result, withdrawn: true } },
    ],
    [
      'of a flag before the study is whole',
      { standing: { conclusion, model: 'm', result: undefined, withdrawn: false } },
    ],
    ['of another version than the one in service', { bundle: undefined }],
    [
      'where there is no flag',
      {
        standing: {
          conclusion: { ...conclusion, state: 'no-flag' },
          model: 'm',
          result,
          withdrawn: false,
        },
      },
    ],
  ])('is none %s', (_, change) => {
    expect(detailOf(change).aid).toBeUndefined();
  });

  it('has no place where the bundle may not localise', () => {
    const show = { flag: true, localisation: false, qualityHint: false };
    expect(detailOf({ bundle: bundleWith({ show }) }).aid).toMatchObject({
      keyImage: undefined,
      heatmaps: [],
    });
  });

  it.each([
    [0.05, 'low'],
    [0.1, 'moderate'],
    [0.11, 'high'],
  ])('words a spread of %f as %s', (spread, word) => {
    expect(wordSpread(spread, 0.1)).toBe(word);
    expect(wordSpread(spread, undefined)).toBeUndefined();
  });
});

it('the way of an exam tells only what is behind it, and is committed when every PACS has it', () => {
  const steps = (...committedAt: (number | undefined)[]) =>
    detailOf({
      deliveries: committedAt.map((at) => ({ committedAt: at }) as Delivery),
    }).timeline.map(({ step, at }) => `${step} ${at}`);
  expect(steps(undefined, 50)).toEqual(['first-image 10', 'complete 20', 'result 30', 'sent 40']);
  expect(steps(60, 50).at(-1)).toBe('committed 60');
});

describe('pictures', () => {
  const shown = {
    study,
    instances: [] as Instance[],
    standing: { conclusion, model: 'm', result, withdrawn: false },
    bundle: bundleWith(),
  };
  const triage = { ...shown, bundle: bundleWith({ presentation: 'triage-notify' }) };

  it('are taken around the image that reacted, but not where that must not be told', () => {
    expect(subjectOf(shown)).toMatchObject({ key, judged: new Set(['2.25.5']) });
    expect(subjectOf(triage)?.key).toBeUndefined();
    expect(subjectOf({ ...shown, bundle: undefined })?.key).toBeUndefined();
  });

  it('are none of a study that names two patients', () => {
    expect(subjectOf({ ...shown, study: { ...study, mismatch: true } })).toBeUndefined();
  });

  it('of where a model reacted are of a flag that stands, and never under triage-notify', () => {
    expect(reactionsOf(shown, answers)).toEqual([{ image: key, finding: finding.id, map }]);
    expect(reactionsOf(triage, answers)).toEqual([]);
    const withdrawn = { ...shown.standing, withdrawn: true };
    expect(reactionsOf({ ...shown, standing: withdrawn }, answers)).toEqual([]);
  });
});

it('a result belongs to a bundle in service only where it is of that very bundle', () => {
  const bundle = bundleWith();
  const standing = { conclusion, model: bundle.manifest.identity.name, result, withdrawn: false };
  expect(bundleOf(standing, [bundle])).toBe(bundle);
  expect(bundleOf({ ...standing, result: { ...result, bundleHash: 'old' } }, [bundle])).toBe(
    undefined,
  );
});
