import { ScansideError } from '../../device/errors.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ActivationMap, FindingScore } from '../../models/outcome.ts';
import type { EnsembleOutput } from './ensemble.ts';

/** A logit beyond this is an overflow somewhere inside, not certainty. */
const largestLogit = 1e4;

function probabilityOf(logit: number, temperature: number): number {
  return 1 / (1 + Math.exp(-logit / temperature));
}

function deviation(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Calibrated probabilities in the order of the manifest. Throws MODEL_FAULT for a logit that is no sane number. */
export function scoreFindings(
  { findings }: Pick<Manifest, 'findings'>,
  { logits, members }: Pick<EnsembleOutput, 'logits' | 'members'>,
): FindingScore[] {
  if (logits.length !== findings.length)
    throw new ScansideError('MODEL_FAULT', `${logits.length} logits`);
  return findings.map(({ id, temperature }, at) => {
    const logit = logits[at] ?? Number.NaN;
    if (!(Math.abs(logit) <= largestLogit))
      throw new ScansideError('MODEL_FAULT', `the logit of ${id} is ${logit}`);
    const score = { finding: id, probability: probabilityOf(logit, temperature) };
    if (members.length < 2) return score;
    const each = members.map((own) => probabilityOf(own[at] ?? Number.NaN, temperature));
    return { ...score, spread: deviation(each) };
  });
}

/** Class activation maps in the order of the manifest. Throws MODEL_FAULT where one has not its size or is not finite. */
export function mapFindings(
  { findings }: Pick<Manifest, 'findings'>,
  cam: EnsembleOutput['cam'],
): ActivationMap[] {
  if (!cam) return [];
  const { rows, columns, values } = cam;
  const size = rows * columns;
  if (size === 0 || values.length !== size * findings.length || !allFinite(values))
    throw new ScansideError('MODEL_FAULT', `${values.length} map values of ${rows} × ${columns}`);
  return findings.map(({ id }, at) => ({
    finding: id,
    rows,
    columns,
    values: [...values.subarray(at * size, (at + 1) * size)],
  }));
}

/**
 * Whether every pixel is the same: an exposure that never happened, or a window outside the image. `samples`: values to
 * a pixel.
 */
export function isBlank(values: Float32Array, samples = 1): boolean {
  return values.every((value, at) => value === values[at % samples]);
}

export function allFinite(values: Float32Array): boolean {
  return values.every((value) => Number.isFinite(value));
}
