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
  /**
   * What `populationScore` exceeds in a stated share of images of the intended kind. One image beyond it is nothing; many
   * are another population. Absent where it was not asked for.
   */
  line?: number | undefined;
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

/** Standard deviations from the logarithm of the distance that images of the intended kind have. */
function standardScore({ gaussian, mean, deviation }: Measure, values: Float64Array): number {
  // A network without an embedding has nothing to be far from.
  if (gaussian.mean.length === 0) return 0;
  return (logDistance(gaussian, values) - mean) / deviation;
}

/** How it looks at a glance and what the network saw, together: of an exposure the histogram says more than of a patient. */
function glance({ thumbnail, embedding }: Reference['measures'], features: Features): number {
  const scores = [
    standardScore(thumbnail, features.thumbnail),
    standardScore(embedding, features.embedding),
  ];
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** The distance of the thumbnail as it is beside the least of its turns: small where it stands upright. */
function misfit({ gaussian }: Measure, thumbnail: Float64Array): number {
  const turned = turnedThumbnails(thumbnail).map((each) => squaredDistance(gaussian, each));
  return squaredDistance(gaussian, thumbnail) / (Math.min(...turned) + tiny);
}

/** The scores before they are divided by their limits. */
function rawScores(measures: Reference['measures'], features: Features): DomainScores {
  const score = (name: FeatureName) => standardScore(measures[name], features[name]);
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

/** Where a tail begins of which the excesses are taken for exponentially distributed. */
const tailShare = 0.1;

/**
 * The value that a share of `tail` exceeds, from the mean excess over the ninth decile: the largest of few images says
 * little of how far the next will lie out.
 */
function extrapolateTail(values: readonly number[], tail: number): number {
  const start = quantile(values, 1 - tailShare);
  const excesses = values.filter((value) => value > start).map((value) => value - start);
  const mean = excesses.reduce((sum, excess) => sum + excess, 0) / Math.max(1, excesses.length);
  return Math.max(...values, start + mean * Math.log(tailShare / tail));
}

/** So many images of the calibration have to be stopped for the tails to be counted. */
const fewestStopped = 4;

/** Limits from too few images for that. */
function guessLimits(all: readonly DomainScores[], falseStops: number): DomainScores {
  const tail = falseStops / scoreNames.length;
  const limitOf = (name: ScoreName) =>
    extrapolateTail(
      all.map((scores) => scores[name]),
      tail,
    );
  return mapScores((name) => Math.max(smallestLimit, limitOf(name)));
}

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

/** What a share of further images exceeds on average: the conformal quantile, for images that can change places. */
function conformalLine(scores: readonly number[], share: number): number {
  const rank = Math.min(scores.length, Math.ceil((1 - share) * (scores.length + 1)));
  return Math.max(smallestLimit, scores.toSorted((a, b) => a - b)[rank - 1] ?? 0);
}

/** Shares of images of the intended kind. */
export interface ReferenceShares {
  /** That may be outside. */
  falseStops: number;
  /** That lie beyond the line of the population; without it there is none. */
  beyond?: number | undefined;
}

/**
 * Makes a reference from images of the intended kind: one part for the distributions, another that has had no part in
 * them for the limits. Of the second not more than `falseStops` are outside.
 */
export function fitReference(
  fitted: readonly Features[],
  calibration: readonly Features[],
  range: ValueRange,
  { falseStops, beyond }: ReferenceShares,
): Reference {
  const measures = {
    thumbnail: measure('thumbnail', fitted, calibration),
    histogram: measure('histogram', fitted, calibration),
    embedding: measure('embedding', fitted, calibration),
  };
  const all = calibration.map((features) => rawScores(measures, features));
  const glances = calibration.map((features) => glance(measures, features));
  const line = beyond === undefined ? undefined : conformalLine(glances, beyond);
  const isEnough = all.length * falseStops >= fewestStopped;
  const limits = isEnough ? findLimits(all, falseStops) : guessLimits(all, falseStops);
  return { range, measures, limits, line };
}

/**
 * How far thumbnail and embedding together lie from the reference, above 1 beyond the line of the population; undefined
 * where the reference has none.
 */
export function populationScore(
  { measures, line }: Reference,
  features: Features,
): number | undefined {
  return line === undefined ? undefined : glance(measures, features) / line;
}

export function domainScores({ measures, limits }: Reference, features: Features): DomainScores {
  const scores = rawScores(measures, features);
  return mapScores((name) => scores[name] / limits[name]);
}

/** Whether an image is unlike what the model was validated on. A score that is no number is outside. */
export function isOutside(scores: DomainScores): boolean {
  return !Object.values(scores).every((score) => score <= 1);
}
