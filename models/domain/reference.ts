import { type FeatureName, type Features, featureNames, type ValueRange } from './features.ts';
import { fitGaussian, type Gaussian, squaredDistance } from './gaussian.ts';

/** What the logarithm of a distance is on images of the intended kind, and from where on an image is outside. */
interface Scale {
  mean: number;
  deviation: number;
  /** Largest score of an image inside, in standard deviations. */
  limit: number;
}

interface Measure extends Scale {
  gaussian: Gaussian;
}

/** Against what an image is held. `joint` is the mean of the three scores: a little odd in everything is odd. */
export interface Reference {
  range: ValueRange;
  measures: Record<FeatureName, Measure>;
  joint: { limit: number };
}

/** How far an image lies from the reference, each score divided by its limit: above 1 is outside. */
export type DomainScores = Record<FeatureName | 'joint', number>;

const tiny = 1e-12;

function logDistances(gaussian: Gaussian, cases: readonly Float64Array[]): number[] {
  return cases.map((each) => Math.log(squaredDistance(gaussian, each) + tiny));
}

function scaleOf(values: number[]): Omit<Scale, 'limit'> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) + tiny };
}

function meanScore(scores: Record<FeatureName, number>): number {
  return featureNames.reduce((sum, name) => sum + scores[name], 0) / featureNames.length;
}

type Uncut = Record<FeatureName, Measure>;

/** In standard deviations of the calibration images, not yet divided by a limit. */
function scoresOf(measures: Uncut, features: Features): Record<FeatureName, number> {
  const score = (name: FeatureName) => {
    const { gaussian, mean, deviation } = measures[name];
    if (gaussian.mean.length === 0) return 0;
    return (Math.log(squaredDistance(gaussian, features[name]) + tiny) - mean) / deviation;
  };
  return {
    thumbnail: score('thumbnail'),
    histogram: score('histogram'),
    embedding: score('embedding'),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** The share of each score's own tail that is cut off, so that together not more than `falseStops` are. */
function commonTail(all: DomainScores[], falseStops: number): DomainScores {
  const cutAt = (tail: number): DomainScores => {
    const limit = (name: keyof DomainScores) =>
      quantile(
        all.map((scores) => scores[name]),
        1 - tail,
      );
    return {
      thumbnail: limit('thumbnail'),
      histogram: limit('histogram'),
      embedding: limit('embedding'),
      joint: limit('joint'),
    };
  };
  const stopped = (limits: DomainScores) =>
    all.filter((scores) =>
      (Object.keys(limits) as (keyof DomainScores)[]).some((name) => scores[name] > limits[name]),
    );
  let tail = falseStops;
  while (stopped(cutAt(tail)).length > falseStops * all.length) tail *= 0.95;
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
  const measure = (name: FeatureName): Measure => {
    const gaussian = fitGaussian(fitted.map((features) => features[name]));
    const distances = logDistances(
      gaussian,
      calibration.map((features) => features[name]),
    );
    return { gaussian, ...scaleOf(distances), limit: Infinity };
  };
  const measures: Uncut = {
    thumbnail: measure('thumbnail'),
    histogram: measure('histogram'),
    embedding: measure('embedding'),
  };
  const all = calibration.map((features) => {
    const scores = scoresOf(measures, features);
    return { ...scores, joint: meanScore(scores) };
  });
  const limits = commonTail(all, falseStops);
  for (const name of featureNames) measures[name].limit = positive(limits[name]);
  return { range, measures, joint: { limit: positive(limits.joint) } };
}

/** A limit of 0 or less would put every image outside or turn the sign of the ratio. */
function positive(limit: number): number {
  return Math.max(limit, 0.5);
}

export function domainScores({ measures, joint }: Reference, features: Features): DomainScores {
  const scores = scoresOf(measures, features);
  return {
    thumbnail: scores.thumbnail / measures.thumbnail.limit,
    histogram: scores.histogram / measures.histogram.limit,
    embedding: scores.embedding / measures.embedding.limit,
    joint: meanScore(scores) / joint.limit,
  };
}

/** Whether an image is unlike what the model was validated on. A score that is no number is outside. */
export function isOutside(scores: DomainScores): boolean {
  return !Object.values(scores).every((score) => score <= 1);
}
