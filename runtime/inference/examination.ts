import {
  domainScores,
  type DomainScores,
  isOutside,
  populationScore,
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
  /** How the input looks as a whole, by which drift is told; undefined where the bundle has no reference. */
  signals: Record<string, number> | undefined;
}

/** What an examination needs of a loaded bundle. */
export interface Examiner {
  manifest: Manifest;
  ensemble: Ensemble;
  reference: Reference | undefined;
}

/** The middle plane stands for the input: of a slab that is the slice itself, without its neighbours. */
function middlePlane({ network: { input } }: Manifest, values: Float32Array): Float32Array {
  const size = input.rows * input.columns;
  const start = Math.floor(input.slices / 2) * size;
  return values.subarray(start, start + size);
}

/** How an input lies in the domain of the model. */
interface DomainVerdict {
  scores: DomainScores;
  /** Undefined where the reference has no line for it. */
  population: number | undefined;
}

function judgeDomain(
  { manifest, reference }: Examiner,
  plane: Float32Array,
  { embedding }: EnsembleOutput,
): DomainVerdict | undefined {
  if (!reference) return undefined;
  const { rows, columns } = manifest.network.input;
  const input = { rows, columns, values: plane, embedding };
  const features = extractFeatures(input, reference.range);
  return {
    scores: domainScores(reference, features),
    population: populationScore(reference, features),
  };
}

/** Mean and spread of the grey values on the range of the reference, and the distances; what is no number is left out. */
function describeSignals(
  { reference }: Examiner,
  plane: Float32Array,
  domain: DomainVerdict | undefined,
): Record<string, number> | undefined {
  if (!reference || !domain) return undefined;
  const { low, high } = reference.range;
  const scale = 1 / (high - low || 1);
  let [sum, squares] = [0, 0];
  for (const value of plane) {
    const grey = (value - low) * scale;
    sum += grey;
    squares += grey * grey;
  }
  const mean = sum / plane.length;
  const deviation = Math.sqrt(Math.max(0, squares / plane.length - mean * mean));
  const distances = Object.entries(domain.scores).map(([name, score]): [string, number] => [
    `domain.${name}`,
    score,
  ]);
  const all: [string, number | undefined][] = [
    ...distances,
    ['domain.population', domain.population],
    ['image.mean', mean],
    ['image.deviation', deviation],
  ];
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value))) as Record<
    string,
    number
  >;
}

/** Runs preprocessed inputs through all members. Throws MODEL_FAULT. */
export async function examine(
  examiner: Examiner,
  inputs: readonly Float32Array[],
): Promise<Examination[]> {
  const outputs = await examiner.ensemble.run(inputs);
  return outputs.map((output, at) => {
    const plane = middlePlane(examiner.manifest, inputs[at]!);
    const domain = judgeDomain(examiner, plane, output);
    return {
      scores: scoreFindings(examiner.manifest, output),
      logits: output.logits,
      maps: mapFindings(examiner.manifest, output.cam),
      mask: output.mask,
      domain: domain?.scores,
      embedding: output.embedding,
      signals: describeSignals(examiner, plane, domain),
    };
  });
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
  const { scores, maps, signals } = examination;
  const isOdd = examination.domain !== undefined && isOutside(examination.domain);
  if (isOdd && !(manifest.domain && manifest.domain.tolerated > 0)) return outside;
  const masks = maskFindings(manifest, examination, source);
  return {
    state: 'analysed',
    scores,
    maps,
    ...(masks && { masks }),
    ...(signals && { signals }),
    ...(isOdd && { outside: true }),
  };
}
