import { mcnemar } from '../models/evaluation/mcnemar.ts';
import { clopperPearson, type Estimate } from '../models/evaluation/proportion.ts';
import type { ShadowAnswer, ShadowExam } from './shadow-exam.ts';

/** How the two differ on one exam, as whoever reads its result would see it. */
export type Difference =
  /** The candidate flags what the active one does not, or the reverse. */
  | 'gained'
  | 'lost'
  /** Both flag, and not the same findings. */
  | 'other-finding'
  /** Only one of them gives an answer. */
  | 'only-active'
  | 'only-candidate';

export const differences: readonly Difference[] = [
  'gained',
  'lost',
  'other-finding',
  'only-active',
  'only-candidate',
];

/** One finding, on the exams on which both gave an answer about it. */
export interface FindingComparison {
  finding: string;
  exams: number;
  /** Flags of the candidate alone, and of the active one alone. */
  gained: number;
  lost: number;
  /** Exact McNemar: how likely so uneven flips are where the two flag equally often. */
  p: number;
  /** Pearson's, of the two scores; undefined where it is not defined. */
  correlation: number | undefined;
}

/** What the pairs of a comparison come to. Nothing here says which of the two is right. */
export interface ShadowComparison {
  exams: number;
  /** Exams on which the result would have been another one. */
  disagreed: number;
  /** That as a share, with its exact 95 % interval. */
  disagreement: Estimate;
  by: Record<Difference, number>;
  /** Exams without an answer. */
  abstained: { active: number; candidate: number; both: number };
  /** Milliseconds; 0 where there is no exam. */
  p95Ms: number;
  /** The times that it comes from, ascending. */
  times: readonly number[];
  findings: FindingComparison[];
}

export function compareShadow(exams: readonly ShadowExam[]): ShadowComparison {
  const met = exams.flatMap((exam) => differenceOf(exam) ?? []);
  const silent = exams.filter(({ candidate }) => !isAnswer(candidate)).length;
  const mute = exams.filter(({ active }) => !isAnswer(active)).length;
  const both = exams.filter((each) => !isAnswer(each.active) && !isAnswer(each.candidate)).length;
  const times = exams.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    exams: exams.length,
    disagreed: met.length,
    disagreement: shareOf(met.length, exams.length),
    by: Object.fromEntries(
      differences.map((each) => [each, met.filter((one) => one === each).length]),
    ) as Record<Difference, number>,
    abstained: { active: mute, candidate: silent, both },
    p95Ms: times[Math.ceil(0.95 * times.length) - 1] ?? 0,
    times,
    findings: compareFindings(exams.flatMap(({ answers }) => answers)),
  };
}

/** A share with its exact interval; of nothing everything is possible. */
export function shareOf(successes: number, trials: number): Estimate {
  const limits = trials > 0 ? clopperPearson({ successes, trials }) : { low: 0, high: 1 };
  return { value: trials > 0 ? successes / trials : 0, ...limits };
}

function isAnswer(outcome: string): boolean {
  return outcome === 'flagged' || outcome === 'no-flag';
}

/** Two exams without an answer are alike, whatever the reasons: nobody is told anything of either. */
function differenceOf({ active, candidate, answers }: ShadowExam): Difference | undefined {
  if (!isAnswer(candidate)) return isAnswer(active) ? 'only-active' : undefined;
  if (!isAnswer(active)) return 'only-candidate';
  if (active !== candidate) return candidate === 'flagged' ? 'gained' : 'lost';
  return answers.some(isFlip) ? 'other-finding' : undefined;
}

function isFlip({ active, candidate }: ShadowAnswer): boolean {
  return 'score' in active && 'score' in candidate && active.flagged !== candidate.flagged;
}

function compareFindings(answers: readonly ShadowAnswer[]): FindingComparison[] {
  return [...Map.groupBy(answers, ({ finding }) => finding)].map(([finding, said]) => {
    const pairs = said.flatMap(({ active, candidate }) =>
      'score' in active && 'score' in candidate ? [{ active, candidate }] : [],
    );
    const flips = pairs.filter((pair) => pair.active.flagged !== pair.candidate.flagged);
    const gained = flips.filter(({ candidate }) => candidate.flagged).length;
    const lost = flips.length - gained;
    const scores = pairs.map((pair) => [pair.active.score, pair.candidate.score] as const);
    return {
      finding,
      exams: pairs.length,
      gained,
      lost,
      p: mcnemar({ onlyFirst: lost, onlySecond: gained }).p,
      correlation: correlationOf(scores),
    };
  });
}

/** Pearson's; undefined with fewer than three pairs, or where one side never changes. */
export function correlationOf(pairs: readonly (readonly [number, number])[]): number | undefined {
  if (pairs.length < 3) return undefined;
  const centred = ([0, 1] as const).map((at) => {
    const mean = pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length;
    return pairs.map((pair) => pair[at] - mean);
  });
  const [x = [], y = []] = centred;
  const product = (one: number[], other: number[]) =>
    one.reduce((sum, value, at) => sum + value * other[at]!, 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale > 0 ? product(x, y) / scale : undefined;
}
