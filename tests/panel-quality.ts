import type { FigureView, ModelQuality, QualityView, ReadingExam } from '../panel/quality-view.ts';

const day = 24 * 3600_000;

/** Nothing has been counted yet. */
export const noQuality: QualityView = {
  models: [],
  disagreements: 0,
  audits: { waiting: 0, listed: [] },
};

const figure = (value: number, n: number): FigureView => ({
  value,
  low: value - 0.06,
  high: Math.min(1, value + 0.04),
  n,
  few: n < 30,
});

/** A model that is trusted less, with everything that the page can show. */
export function sampleQualityModel(now: number, change: Partial<ModelQuality> = {}): ModelQuality {
  return {
    name: 'chest-demo',
    version: '0.1.0',
    state: 'restricted',
    since: now - day,
    moves: [{ at: now - day, to: 'restricted', event: 'alarm-raised', by: 'rule' }],
    findings: [
      {
        label: 'suspected pneumothorax',
        analysed: 1200,
        flagged: 130,
        known: 340,
        sensitivity: figure(0.93, 61),
        specificity: figure(0.9, 279),
        right: figure(0.41, 130),
        area: figure(0.95, 340),
        misses: 'watch',
        months: ['2026-12', '2027-01'].map((month, at) => ({
          month,
          analysed: 600,
          flagged: 65,
          sensitivity: at === 0 ? { n: 0 } : figure(0.9, 20),
          specificity: figure(0.9, 140),
          area: at === 0 ? { n: 0 } : figure(0.94, 160),
        })),
        tiers: [
          { name: 'high', count: 30 },
          { name: 'low', count: 100 },
        ],
        spread: [700, 300, 70, 60, 70],
      },
    ],
    streams: [
      {
        scanner: 'XR-BAY-3',
        modality: 'DX',
        exams: 1200,
        level: 'alarm',
        otherPopulation: true,
        flags: 'risen',
        signals: [
          { signal: 'kvp', level: 'alarm', before: [0, 300, 100], now: [200, 0, 0] },
          { signal: 'view', level: 'quiet', before: [200, 200], now: [100, 100] },
        ],
      },
      {
        scanner: 'XR-BAY-4',
        modality: 'CR',
        exams: 12,
        level: 'unknown',
        otherPopulation: false,
        flags: undefined,
        signals: [],
      },
    ],
    ...change,
  };
}

/** A device with a model that is trusted less and exams that wait for a reader. */
export function sampleQuality(now: number): QualityView {
  return {
    models: [sampleQualityModel(now)],
    disagreements: 3,
    audits: {
      waiting: 41,
      listed: [{ accessionNumber: 'A4412', patientId: 'P-1001', receivedAt: now - 2 * day }],
    },
  };
}

/** A drawn exam that waits for a reader. */
export function sampleReading(now: number): ReadingExam {
  return {
    id: '4f'.repeat(16),
    accessionNumber: 'A4412',
    patientId: 'P-1001',
    modality: 'DX',
    receivedAt: now - 2 * day,
    findings: [{ id: 'pneumothorax', label: 'suspected pneumothorax', decides: false }],
  };
}
