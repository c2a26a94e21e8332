import { type Random, seededRandom } from '../phantom/random.ts';
import type { HeatMap } from './heat-map.ts';
import { type NetworkInput, type Predict, predictEach } from './predictor.ts';
import { type Cases, fitQuality, fitRidge } from './ridge.ts';
import type { Superpixels } from './superpixel.ts';
import { hiderOf, type Replacement } from './hiding.ts';

/** A linear model of which pieces are shown, that answers like the network in the surroundings of one input. */
export interface Surrogate {
  /** By piece: what showing it adds to the logit. */
  weights: Float64Array;
  /** R² on masks that it was not fitted to; undefined where the network's answer did not change. */
  fit: number | undefined;
  /** Masks that the network was asked about. */
  masks: number;
}

export interface SurrogateRequest {
  input: NetworkInput;
  superpixels: Superpixels;
  predict: Predict;
  replacement: Replacement;
  seed: number;
  masks: number;
}

/** At most this share of the pieces is hidden at once: with more the picture is another one. */
const mostHidden = 0.5;
/** One in so many masks is kept to measure the fit. */
const heldOut = 5;
/** Of the kernel over the cosine distance, as in LIME (Ribeiro et al., 2016). */
const kernelWidth = 0.25;
const penalty = 1;

/** 1 where a piece is shown. How many are hidden is drawn anew for each mask. */
function drawMask(random: Random, count: number): Uint8Array {
  const share = random.uniform(0, mostHidden);
  return Uint8Array.from({ length: count }, () => (random.chance(share) ? 0 : 1));
}

/** How much a masked input counts: the less, the less of it is shown. */
function similarity(mask: Uint8Array): number {
  const shown = mask.reduce((sum, each) => sum + each, 0) / mask.length;
  return Math.exp(-((1 - Math.sqrt(shown)) ** 2) / kernelWidth ** 2 / 2);
}

function casesOf(masks: Uint8Array[], logits: Float64Array, which: (at: number) => boolean): Cases {
  const chosen = [...masks.keys()].filter(which);
  return {
    inputs: chosen.map((at) => masks[at]!),
    targets: chosen.map((at) => logits[at]!),
    weights: chosen.map((at) => similarity(masks[at]!)),
  };
}

/**
 * LIME on superpixels: hides pieces at random, asks the network each time, and fits a weighted linear model to its logits. The same seed gives the same masks.
 */
export async function explainBySuperpixels(request: SurrogateRequest): Promise<Surrogate> {
  const { input, superpixels, predict, replacement, seed } = request;
  const { labels, count } = superpixels;
  const random = seededRandom(seed, 'superpixel masks');
  const masks = Array.from({ length: request.masks }, () => drawMask(random, count));
  const reach = Math.ceil(1.5 * Math.sqrt(labels.length / count));
  const hide = hiderOf(input, replacement, reach);
  const logits = await predictEach(predict, masks.length, (at) =>
    hide((pixel) => masks[at]![labels[pixel]!] === 0),
  );
  const fitted = fitRidge(
    casesOf(masks, logits, (at) => at % heldOut !== 0),
    penalty,
  );
  const others = casesOf(masks, logits, (at) => at % heldOut === 0);
  return {
    weights: fitted.coefficients,
    fit: fitQuality(fitted, others),
    masks: masks.length,
  };
}

/** The weights of the pieces as a map. */
export function paintWeights(
  { rows, columns, labels }: Superpixels,
  weights: Float64Array,
): HeatMap {
  return { rows, columns, values: Float32Array.from(labels, (label) => weights[label]!) };
}
