import { shareOf, type ShadowComparison } from './shadow-comparison.ts';
import type { ShadowGate } from './shadow-exam.ts';

/** `continue` is no pass: not enough is known yet. */
export type ShadowVerdict = 'continue' | 'pass' | 'fail';

export interface ShadowJudgement {
  verdict: ShadowVerdict;
  /** What it rests on, or what is lacking; counts and shares only. */
  reasons: string[];
}

/** One of the things that a candidate has to show. */
interface Condition extends ShadowJudgement {
  reasons: [string];
}

/** What the reference standard says of a candidate for one finding, where enough is known: see models/evaluation. */
export type LabelledVerdict =
  'superior' | 'non-inferior' | 'inconclusive' | 'inferior' | 'insufficient-data';

/**
 * Judges a comparison by what was signed for. It fails as soon as the data exclude that it keeps to the gate, and passes
 * only once they exclude that it does not: between the two it goes on. `hours`: since it began.
 */
export function judgeShadow(
  gate: ShadowGate,
  comparison: ShadowComparison,
  hours: number,
  labelled: readonly LabelledVerdict[] = [],
): ShadowJudgement {
  const conditions = [
    judgeCount(gate, comparison),
    judgeTime(gate, hours),
    judgeDisagreement(gate, comparison),
    ...judgeLatency(gate, comparison),
    ...judgeTruth(labelled),
  ];
  const worst = (['fail', 'continue', 'pass'] as const).find((verdict) =>
    conditions.some((each) => each.verdict === verdict),
  )!;
  const told = conditions.filter(({ verdict }) => verdict === worst);
  return { verdict: worst, reasons: told.flatMap(({ reasons }) => reasons) };
}

function judgeCount({ minStudies }: ShadowGate, { exams }: ShadowComparison): Condition {
  const verdict = exams > 0 && exams >= minStudies ? 'pass' : 'continue';
  return { verdict, reasons: [`${exams} exams of at least ${Math.max(1, minStudies)}`] };
}

function judgeTime({ minHours }: ShadowGate, hours: number): Condition {
  const verdict = hours >= minHours ? 'pass' : 'continue';
  return { verdict, reasons: [`${Math.floor(hours)} hours of at least ${minHours}`] };
}

function judgeDisagreement(
  { maxDisagreement }: ShadowGate,
  { exams, disagreed, disagreement: { low, high } }: ShadowComparison,
): Condition {
  const verdict = low > maxDisagreement ? 'fail' : high <= maxDisagreement ? 'pass' : 'continue';
  const limits = `${percent(low)} to ${percent(high)}`;
  const found = `they disagree on ${disagreed} of ${exams} exams (${limits})`;
  return { verdict, reasons: [`${found}; at most ${percent(maxDisagreement)} may be`] };
}

/** Five of a hundred exams may take longer. */
function judgeLatency(
  { maxP95Ms }: ShadowGate,
  { exams, p95Ms, times }: ShadowComparison,
): Condition[] {
  if (maxP95Ms === undefined) return [];
  const slow = times.filter((ms) => ms > maxP95Ms).length;
  const isTooSlow = shareOf(slow, exams).low > 0.05;
  const verdict = isTooSlow ? 'fail' : exams > 0 && p95Ms <= maxP95Ms ? 'pass' : 'continue';
  const found = `95 of 100 exams take ${Math.round(p95Ms)} ms`;
  return [{ verdict, reasons: [`${found}; at most ${maxP95Ms} ms may be`] }];
}

/** Truth is known of few exams here, so that none is asked for; but what it shows counts. */
function judgeTruth(labelled: readonly LabelledVerdict[]): Condition[] {
  const inferior = labelled.filter((verdict) => verdict === 'inferior').length;
  if (inferior === 0) return [];
  return [{ verdict: 'fail', reasons: [`inferior by reports for ${inferior} findings`] }];
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
