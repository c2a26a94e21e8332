import type { MeasuredFinding } from '../model-view.ts';

/** A share of 1 with the ends of its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

type Finding = Pick<MeasuredFinding, 'sensitivity' | 'specificity'>;

/** Of the flags on the measured images, how many were right. */
export function measuredFlags({ sensitivity, specificity }: Finding): {
  count: number;
  of: number;
} {
  const wrong = specificity.of - specificity.count;
  return { count: sensitivity.count, of: sensitivity.count + wrong };
}

/** How common the finding is among the measured images: far more than among all who come. */
export function measuredPrevalence({ sensitivity, specificity }: Finding): number {
  return sensitivity.of / (sensitivity.of + specificity.of);
}

/**
 * Of all flags, how many are right where `prevalence` of the images have the finding. Its ends are where both intervals
 * end: wider than 95 %.
 */
export function rightFlags({ sensitivity, specificity }: Finding, prevalence: number): Estimate {
  return {
    value: predictive(shareOf(sensitivity), 1 - shareOf(specificity), prevalence),
    low: predictive(sensitivity.low, 1 - specificity.low, prevalence),
    high: predictive(sensitivity.high, 1 - specificity.high, prevalence),
  };
}

/** Of all images without a flag, how many have the finding all the same. */
export function missedWithoutFlag(finding: Finding, prevalence: number): Estimate {
  const { sensitivity, specificity } = finding;
  return {
    value: predictive(1 - shareOf(sensitivity), shareOf(specificity), prevalence),
    low: predictive(1 - sensitivity.high, specificity.high, prevalence),
    high: predictive(1 - sensitivity.low, specificity.low, prevalence),
  };
}

export function shareOf({ count, of }: { count: number; of: number }): number {
  return count / of;
}

/** Bayes: of those that show a sign, the share that has the finding. */
function predictive(amongThose: number, amongOthers: number, prevalence: number): number {
  const right = amongThose * prevalence;
  const all = right + amongOthers * (1 - prevalence);
  return all === 0 ? 0 : right / all;
}
