import {
  domainScores,
  type DomainScores,
  isOutside,
  type Reference,
} from '../../models/domain/reference.ts';
import { extractFeatures } from '../../models/domain/features.ts';
import type { SizedGrid } from '../../models/geometry.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ActivationMap, FindingScore, InstanceResult } from '../../models/outcome.ts';
import type { Ensemble, EnsembleOutput } from './ensemble.ts';
import { maskFindings } from './mask.ts';
import { allFinite, isBlank, mapFindings, scoreFindings } from './score.ts';

/** Everything that a model says of one input, before it is decided what of it may be said. */
export interface Examination {
  scores: FindingScore[];
  /** Mean logit of each head. */
  logits: number[];
  maps: ActivationMap[];
  /** Logits on the grid of the network. */
  mask: EnsembleOutput['mask'];
  /** How far the input lies from what the model was validated on; undefined where the bundle has no reference. */
  domain: DomainScores | undefined;
  embedding: Float32Array | undefined;
}

/** What an examination needs of a loaded bundle. */
export interface Examiner {
  manifest: Manifest;
  ensemble: Ensemble;
  reference: Reference | undefined;
}

/** The middle plane stands for the input: of a slab that is the slice itself, without its neighbours. */
function judgeDomain(
  { manifest, reference }: Examiner,
  values: Float32Array,
  { embedding }: EnsembleOutput,
): DomainScores | undefined {
  if (!reference) return undefined;
  const { rows, columns, slices } = manifest.network.input;
  const start = Math.floor(slices / 2) * rows * columns;
  const input = {
    rows,
    columns,
    values: values.subarray(start, start + rows * columns),
    embedding,
  };
  return domainScores(reference, extractFeatures(input, reference.range));
}

/** Runs preprocessed inputs through all members. Throws MODEL_FAULT. */
export async function examine(
  examiner: Examiner,
  inputs: readonly Float32Array[],
): Promise<Examination[]> {
  const outputs = await examiner.ensemble.run(inputs);
  return outputs.map((output, at) => ({
    scores: scoreFindings(examiner.manifest, output),
    logits: output.logits,
    maps: mapFindings(examiner.manifest, output.cam),
    mask: output.mask,
    domain: judgeDomain(examiner, inputs[at]!, output),
    embedding: output.embedding,
  }));
}

const noContrast: InstanceResult = {
  state: 'not-analysed',
  reason: 'quality',
  detail: 'the image has no contrast',
};

const noImage: InstanceResult = { ...noContrast, quality: 'no-image' };

const outside: InstanceResult = {
  state: 'not-analysed',
  reason: 'outside-validated-domain',
  detail: 'The gate against inputs that the model was not validated for has stopped it',
};

/**
 * Why an input is not worth running, or undefined. `empty`: the stored image shows nothing at all. Only then is the issue
 * known: an input of one value may as well be a window that lies beside the image, and a histogram that is clipped tells
 * no wrong exposure from a bare detector, a metal implant or a maker's own lookup table.
 */
export function unfit(values: Float32Array, empty = false): InstanceResult | undefined {
  if (empty) return noImage;
  return isBlank(values) || !allFinite(values) ? noContrast : undefined;
}

/**
 * What of an examination may be said, of the image with the grid `source`. An image outside the validated domain has no
 * result of its own; of a slice, the series decides, because among many slices a few always look odd.
 * Throws MODEL_FAULT for a mask that is none.
 */
export function conclude(
  manifest: Manifest,
  examination: Examination,
  source: SizedGrid,
): InstanceResult {
  const { scores, maps } = examination;
  const isOdd = examination.domain !== undefined && isOutside(examination.domain);
  if (isOdd && !(manifest.domain && manifest.domain.tolerated > 0)) return outside;
  const masks = maskFindings(manifest, examination, source);
  return {
    state: 'analysed',
    scores,
    maps,
    ...(masks && { masks }),
    ...(isOdd && { outside: true }),
  };
}
