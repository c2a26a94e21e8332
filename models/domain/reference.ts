import { type FeatureName, type Features, featureNames, type ValueRange } from './features.ts';
import { fitGaussian, type Gaussian, squaredDistance } from './gaussian.ts';
import { turnedThumbnails } from './orientation.ts';

/**
 * What an image is judged by. The three features: how far it lies from the reference. `joint`: the mean of these, for a
 * little odd in everything is odd. `orientation`: how much better its thumbnail would fit if it were turned.
 */
export const scoreNames = [...featureNames, 'joint', 'orientation'] as const;

export type ScoreName = (typeof scoreNames)[number];

/** A score for each, above 1 where the image is outside. */
export type DomainScores = Record<ScoreName, number>;

/** A distribution, and what the logarithm of the distance to it is on images of the intended kind. */
export interface Measure {
  gaussian: Gaussian;
  mean: number;
  deviation: number;
}

/** Against what an image is held. */
export interface Reference {
  range: ValueRange;
  measures: Record<FeatureName, Measure>;
  /** Largest score of an image inside: standard deviations; of the orientation a ratio of distances. */
  limits: DomainScores;
}

const tiny = 1e-12;

function logDistance(gaussian: Gaussian, values: Float64Array): number {
  return Math.log(squaredDistance(gaussian, values) + tiny);
}

function measure(
  name: FeatureName,
  fitted: readonly Features[],
  calibration: readonly Features[],
): Measure {
  const gaussian = fitGaussian(fitted.map((features) => features[name]));
  const distances = calibration.map((features) => logDistance(gaussian, features[name]));
  const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
  const variance = distances.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { gaussian, mean, deviation: Math.sqrt(variance / distances.length) + tiny };
}

/** The distance of the thumbnail as it is beside the least of its turns: small where it stands upright. */
function misfit({ gaussian }: Measure, thumbnail: Float64Array): number {
  const turned = turnedThumbnails(thumbnail).map((each) => squaredDistance(gaussian, each));
  return squaredDistance(gaussian, thumbnail) / (Math.min(...turned) + tiny);
}

/** The scores before they are divided by their limits. */
function rawScores(measures: Reference['measures'], features: Features): DomainScores {
  const score = (name: FeatureName) => {
    const { gaussian, mean, deviation } = measures[name];
    // A network without an embedding has nothing to be far from.
    if (gaussian.mean.length === 0) return 0;
    return (logDistance(gaussian, features[name]) - mean) / deviation;
  };
  const [thumbnail, histogram, embedding] = [
    score('thumbnail'),
    score('histogram'),
    score('embedding'),
  ];
  const joint = (thumbnail + histogram + embedding) / featureNames.length;
  const orientation = misfit(measures.thumbnail, features.thumbnail);
  return { thumbnail, histogram, embedding, joint, orientation };
}

function mapScores(change: (name: ScoreName) => number): DomainScores {
  return Object.fromEntries(scoreNames.map((name) => [name, change(name)])) as DomainScores;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** A limit of 0 or less would put every image outside or turn the sign of the ratio. */
const smallestLimit = 0.1;

/** Cuts the same share off each score's tail, as much as keeps all of them together from stopping more than wanted. */
function findLimits(all: readonly DomainScores[], falseStops: number): DomainScores {
  const cutAt = (tail: number) =>
    mapScores((name) =>
      Math.max(
        smallestLimit,
        quantile(
          all.map((scores) => scores[name]),
          1 - tail,
        ),
      ),
    );
  const stopped = (limits: DomainScores) =>
    all.filter((scores) => scoreNames.some((name) => scores[name] > limits[name])).length;
  let tail = falseStops;
  while (stopped(cutAt(tail)) > falseStops * all.length) tail *= 0.95;
  return cutAt(tail);
}

/**
 * Makes a reference from images of the intended kind: one part for the distributions, another that has had no part in
 * them for the limits. Of the second not more than `falseStops` (a share) are outside.
 */
export function fitReference(
  fitted: readonly Features[],
  calibration: readonly Features[],
  range: ValueRange,
  falseStops: number,
): Reference {
  const measures = {
    thumbnail: measure('thumbnail', fitted, calibration),
    histogram: measure('histogram', fitted, calibration),
    embedding: measure('embedding', fitted, calibration),
  };
  const all = calibration.map((features) => rawScores(measures, features));
  return { range, measures, limits: findLimits(all, falseStops) };
}

export function domainScores({ measures, limits }: Reference, features: Features): DomainScores {
  const scores = rawScores(measures, features);
  return mapScores((name) => scores[name] / limits[name]);
}

/** Whether an image is unlike what the model was validated on. A score that is no number is outside. */
export function isOutside(scores: DomainScores): boolean {
  return !Object.values(scores).every((score) => score <= 1);
}
