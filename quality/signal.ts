import { scoreNames } from '../models/domain/reference.ts';
import type { Bins } from './histogram.ts';

/** What is counted of every exam, whoever the patient is: no value of these names anybody. */
export interface Signal {
  /** In people's words. */
  means: string;
  bins: Bins;
}

const number = (low: number, high: number, count: number): Bins => ({
  kind: 'number',
  low,
  high,
  count,
});

/** How far an exam lies from the reference; 1 is the limit of what the model was validated on. */
const domainSignals = Object.fromEntries(
  scoreNames.map((name) => [
    `domain.${name}`,
    { means: `distance from the reference: ${name}`, bins: number(-2, 4, 30) },
  ]),
);

/** Of an exam beyond the line by which another population is told, more than 1. */
export const populationSignal = 'domain.population';

/** Six bins on either side of the line. */
const populationBins = number(-2, 4, 12);

/** Of the image as it goes into the network, on the range of the preprocessing from 0 to 1. */
const imageSignals = {
  'image.mean': { means: 'mean grey value of the input', bins: number(0, 1, 32) },
  'image.deviation': { means: 'spread of the grey values of the input', bins: number(0, 0.5, 32) },
} satisfies Record<string, Signal>;

/** Of how the image was taken (PS3.3, C.8.7.2, C.8.15.3 and C.7.6.2). */
const acquisitionSignals = {
  kvp: { means: 'tube voltage, kV', bins: number(40, 160, 24) },
  exposure: { means: 'exposure, mAs, as logarithm to base 10', bins: number(-1, 3, 16) },
  'slice-thickness': { means: 'slice thickness, mm', bins: number(0, 10, 20) },
  rows: { means: 'rows of the image', bins: number(0, 4096, 16) },
  photometric: {
    means: 'photometric interpretation',
    bins: { kind: 'name', names: ['MONOCHROME1', 'MONOCHROME2'] },
  },
  view: { means: 'view position', bins: { kind: 'name', names: ['AP', 'PA', 'LL', 'RL'] } },
} satisfies Record<string, Signal>;

const scoreBins = number(0, 1, 50);

const scorePrefix = 'score.';

/** Every signal of a model by name: those of all images, and the probability of each of its findings. */
export function signalsOf(findings: readonly string[]): Record<string, Signal> {
  const scores = findings.map((id): [string, Signal] => [
    `${scorePrefix}${id}`,
    { means: `probability of ${id}`, bins: scoreBins },
  ]);
  return {
    ...Object.fromEntries(scores),
    ...domainSignals,
    [populationSignal]: {
      means: 'distance from the reference: thumbnail and embedding',
      bins: populationBins,
    },
    ...imageSignals,
    ...acquisitionSignals,
  };
}

/** Whether a signal tells how the image was taken, not what it looks like. */
export function isAcquisition(signal: string): boolean {
  return Object.hasOwn(acquisitionSignals, signal);
}

export function isScore(signal: string): boolean {
  return signal.startsWith(scorePrefix);
}

/** What was met on one exam; absent where the exam does not say it. */
export type Observation = Readonly<Record<string, number | string | undefined>>;
