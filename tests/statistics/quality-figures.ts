import type { Label } from '../../models/evaluation/sample.ts';
import { missChart } from '../../quality/sensitivity-watch.ts';
import { runLength } from '../../quality/cusum.ts';
import { kolmogorovSmirnov, kolmogorovTail, stabilityIndex } from '../../quality/divergence.ts';
import { type Bins, countValues } from '../../quality/histogram.ts';
import {
  complement,
  scale,
  shareOfSum,
  type WeightedShare,
  weightedShare,
} from '../../quality/weighted-share.ts';
import { estimateFigures, type Figures, numbered } from './named-figures.ts';

function shareOf(labels: readonly Label[], weights: readonly number[]): WeightedShare {
  const drawn = labels.map((label, at) => ({
    hit: label === 1,
    weight: weights[at] ?? 1,
    cluster: String(at),
  }));
  const share = weightedShare(drawn);
  if (!share) throw new Error('The sample cases have exams of either kind.');
  return share;
}

/** Exams with a flag are all verified, the others with unequal weights, for 900 and 2100 exams. */
function auditFigures(labels: readonly Label[], flags: readonly boolean[]): Figures {
  const side = (flagged: boolean) => [...labels.keys()].filter((at) => flags[at] === flagged);
  const take = (cases: readonly number[], weight: (at: number) => number) =>
    shareOf(
      cases.map((at) => labels[at] ?? 0),
      cases.map(weight),
    );
  const flagged = take(side(true), () => 1);
  const unflagged = take(side(false), (at) => 1 + (at % 7));
  const sensitivity = shareOfSum(scale(flagged, 900), scale(unflagged, 2100));
  const specificity = shareOfSum(
    scale(complement(unflagged), 2100),
    scale(complement(flagged), 900),
  );
  return {
    ...estimateFigures('audit.unflagged', unflagged),
    'audit.effective': unflagged.effective,
    ...estimateFigures('audit.sensitivity', sensitivity),
    ...estimateFigures('audit.specificity', specificity),
  };
}

const bins: Bins = { kind: 'number', low: 0, high: 1, count: 10 };

function divergenceFigures(one: readonly number[], other: readonly number[]): Figures {
  const expected = countValues(bins, one);
  const figures: Figures = { psi: stabilityIndex(expected, countValues(bins, other)) };
  for (const [name, some] of [
    ['all', other],
    ['few', other.slice(0, 40)],
  ] as const) {
    const { distance, p } = kolmogorovSmirnov(expected, countValues(bins, some));
    figures[`ks.${name}`] = distance;
    figures[`ks.${name}.p`] = p;
  }
  const tails = [0.15, 0.3, 0.6, 0.99, 1, 1.5, 3, 5].map(kolmogorovTail);
  return { ...figures, ...numbered('kolmogorov', tails) };
}

/** In thousands of positives, to compare thirteen digits at most. */
function runLengthFigures(): Figures {
  const limits = [56, 74, 93];
  const rates = [0.05, 0.08, 0.1, 0.15, 0.2];
  const figures = limits.flatMap((limit) =>
    rates.map((rate) => [`run.${limit}.${rate}`, runLength(missChart, limit, rate) / 1000]),
  );
  return Object.fromEntries(figures);
}

/** Everything of `quality` that the reference programs compute too. */
export function qualityFigures(
  labels: readonly Label[],
  first: readonly number[],
  second: readonly number[],
  flags: readonly boolean[],
): Figures {
  return {
    ...auditFigures(labels, flags),
    ...divergenceFigures(first, second),
    ...runLengthFigures(),
  };
}
