import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disk } from '../../device/files.ts';
import { loadBundle } from '../../models/bundle.ts';
import { allFinite, isBlank, mapFindings, scoreFindings } from './score.ts';

const folder = join(import.meta.dirname, '..', '..', 'models', 'bundles', 'chest-demo', '1.0.0');
const { manifest } = loadBundle(folder, disk);

/** The logits of one member. */
const single = (...logits: number[]) => ({ logits, members: [logits] });

describe('scores', () => {
  it('are probabilities in the order of the manifest', () => {
    const scores = scoreFindings(manifest, single(0, 2, -2));
    expect(scores.map(({ finding }) => finding)).toEqual(manifest.findings.map(({ id }) => id));
    expect(scores[0]?.probability).toBe(0.5);
    expect(scores[1]?.probability).toBeCloseTo(0.880797, 6);
    expect(scores[2]?.probability).toBeCloseTo(0.119203, 6);
  });

  it('are calibrated by the temperature of the finding', () => {
    const findings = manifest.findings.map((finding) => ({ ...finding, temperature: 2 }));
    const [score] = scoreFindings({ ...manifest, findings }, single(4, 0, 0));
    expect(score?.probability).toBeCloseTo(0.880797, 6);
  });

  it('say how far the members of an ensemble are apart', () => {
    const members = [
      [2, 0, 0],
      [-2, 0, 0],
    ];
    const [divided, agreed] = scoreFindings(manifest, { logits: [0, 0, 0], members });
    expect(divided?.spread).toBeCloseTo(0.380797, 6);
    expect(agreed?.spread).toBe(0);
  });

  it.each([[Number.NaN], [Infinity], [-Infinity], [1e5]])(
    'do not exist for a logit of %s',
    (logit) => {
      expect(() => scoreFindings(manifest, single(0, logit, 0))).toThrow('MODEL_FAULT');
    },
  );

  it('do not exist for another number of logits', () => {
    expect(() => scoreFindings(manifest, single(0, 0))).toThrow('MODEL_FAULT');
  });
});

describe('class activation maps', () => {
  it('belong to the findings in the order of the manifest', () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(mapFindings(manifest, { rows: 1, columns: 2, values })).toEqual(
      manifest.findings.map(({ id }, at) => ({
        finding: id,
        rows: 1,
        columns: 2,
        values: [2 * at + 1, 2 * at + 2],
      })),
    );
  });

  it.each([
    ['of another size', 2, Float32Array.of(1, 2, 3)],
    ['without rows', 0, new Float32Array()],
    ['that are not finite', 1, Float32Array.of(1, Number.NaN, 3)],
  ])('do not exist for values %s', (_, rows, values) => {
    expect(() => mapFindings(manifest, { rows, columns: 1, values })).toThrow('MODEL_FAULT');
  });
});

describe('an image', () => {
  it('is blank when all pixels are the same', () => {
    expect(isBlank(Float32Array.of(3, 3, 3))).toBe(true);
    expect(isBlank(Float32Array.of(3, 3, 3.5))).toBe(false);
    expect(isBlank(Float32Array.of(3, 4, 5, 3, 4, 5), 3)).toBe(true);
    expect(isBlank(Float32Array.of(3, 4, 5, 3, 5, 5), 3)).toBe(false);
  });

  it('is finite when every value is', () => {
    expect(allFinite(Float32Array.of(1, -2))).toBe(true);
    expect(allFinite(Float32Array.of(1, Number.NaN))).toBe(false);
  });
});
