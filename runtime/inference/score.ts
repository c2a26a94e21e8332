import { ScansideError } from '../../device/errors.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ActivationMap, FindingScore } from '../../models/outcome.ts';
import type { ModelOutput } from './onnx-session.ts';

/** A logit beyond this is an overflow somewhere inside, not certainty. */
const largestLogit = 1e4;

/** Calibrated probabilities in the order of the manifest. Throws MODEL_FAULT for a logit that is no sane number. */
export function scoreFindings(manifest: Manifest, logits: Float32Array): FindingScore[] {
  if (logits.length !== manifest.findings.length)
    throw new ScansideError('MODEL_FAULT', `${logits.length} logits`);
  return manifest.findings.map(({ id, temperature }, at) => {
    const logit = logits[at] ?? Number.NaN;
    if (!(Math.abs(logit) <= largestLogit))
      throw new ScansideError('MODEL_FAULT', `the logit of ${id} is ${logit}`);
    return { finding: id, probability: 1 / (1 + Math.exp(-logit / temperature)) };
  });
}

/** Class activation maps in the order of the manifest. Throws MODEL_FAULT where one has not its size or is not finite. */
export function mapFindings(
  manifest: Manifest,
  { rows, columns, values }: ModelOutput['cam'],
): ActivationMap[] {
  const size = rows * columns;
  if (size === 0 || values.length !== size * manifest.findings.length || !allFinite(values))
    throw new ScansideError('MODEL_FAULT', `${values.length} map values of ${rows} × ${columns}`);
  return manifest.findings.map(({ id }, at) => ({
    finding: id,
    rows,
    columns,
    values: [...values.subarray(at * size, (at + 1) * size)],
  }));
}

/** Whether every value is the same: an exposure that never happened, or a window outside the image. */
export function isBlank(values: Float32Array): boolean {
  return values.every((value) => value === values[0]);
}

export function allFinite(values: Float32Array): boolean {
  return values.every((value) => Number.isFinite(value));
}
