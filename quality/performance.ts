import { type OperatingPoint, operatingPoint } from '../models/evaluation/operating-point.ts';
import { areaEstimate, fewestCases } from '../models/evaluation/performance.ts';
import { clopperPearson, clusteredWilson, type Estimate } from '../models/evaluation/proportion.ts';
import { type Figure, nothingCounted, type Unknown } from './figure.ts';
import { isVerified, type JudgedExam, type VerifiedExam } from './judged-exam.ts';
import { complement, scale, shareOfSum, weightedShare } from './weighted-share.ts';

/** How many exams there are, and of how many the truth is known. */
export interface ExamCounts {
  analysed: number;
  flagged: number;
  verifiedFlagged: number;
  verifiedUnflagged: number;
  /** Of the verified ones, those with the finding. */
  positives: number;
  /** Exams without an answer, and how many of them are known to have the finding: no flag could warn of these. */
  notAnalysed: number;
  notAnalysedPositives: number;
}

/**
 * What a model is worth on exams of its daily work. `basis`: whether the truth of all analysed exams is known (`all`),
 * so that they were simply counted, or of some (`sample`), so that those with a flag and those without were weighed apart.
 */
export interface Performance {
  counts: ExamCounts;
  basis: 'all' | 'sample';
  sensitivity: Figure;
  specificity: Figure;
  /** At the share of patients with the finding that these exams have. */
  ppv: Figure;
  npv: Figure;
  auc: Figure;
}

type Shares = Pick<Performance, 'sensitivity' | 'specificity' | 'ppv' | 'npv'>;

const hasFinding = ({ truth }: VerifiedExam): boolean => truth.label === 1;
const isFlagged = ({ answer }: JudgedExam): boolean => 'score' in answer && answer.flagged;

function known(estimate: Estimate, n: number): Figure {
  if (n === 0) return nothingCounted;
  return {
    value: estimate.value,
    low: estimate.low,
    high: estimate.high,
    n,
    insufficient: n < fewestCases,
  };
}

function countExams(exams: readonly JudgedExam[], verified: readonly VerifiedExam[]): ExamCounts {
  const analysed = exams.filter(({ answer }) => 'score' in answer);
  const silent = exams.filter(({ answer }) => !('score' in answer));
  return {
    analysed: analysed.length,
    flagged: analysed.filter(isFlagged).length,
    verifiedFlagged: verified.filter(isFlagged).length,
    verifiedUnflagged: verified.filter((exam) => !isFlagged(exam)).length,
    positives: verified.filter(hasFinding).length,
    notAnalysed: silent.length,
    notAnalysedPositives: silent.filter(({ truth }) => truth?.label === 1).length,
  };
}

/** A plain share of exams, its interval widened for several exams of one patient. */
function plainShare(
  exams: readonly VerifiedExam[],
  isHit: (exam: VerifiedExam) => boolean,
): Figure {
  const hits = exams.map((exam) => Number(isHit(exam)));
  const patients = exams.map(({ patient }) => patient);
  const counts = { successes: hits.reduce((sum, hit) => sum + hit, 0), trials: hits.length };
  const estimate = { value: counts.successes / counts.trials, ...clusteredWilson(hits, patients) };
  const figure = known(estimate, counts.trials);
  return 'value' in figure ? { ...figure, exact: clopperPearson(counts) } : figure;
}

function pointOf(verified: readonly VerifiedExam[]): OperatingPoint {
  return operatingPoint(
    verified.map(({ truth }) => truth.label),
    verified.map(isFlagged),
    verified.map(({ patient }) => patient),
  );
}

/** Every exam is verified: as `scanside model evaluate` counts the same cases. */
function countShares(verified: readonly VerifiedExam[]): Shares {
  const { sensitivity, specificity } = pointOf(verified);
  const [right, left] = [sensitivity, specificity].map(
    ({ value, byPatient, clopperPearson: exact, trials }): Figure => {
      const figure = known({ value, ...byPatient }, trials);
      return 'value' in figure ? { ...figure, exact } : figure;
    },
  );
  return {
    sensitivity: right ?? nothingCounted,
    specificity: left ?? nothingCounted,
    ppv: plainShare(verified.filter(isFlagged), hasFinding),
    npv: plainShare(
      verified.filter((exam) => !isFlagged(exam)),
      (exam) => !hasFinding(exam),
    ),
  };
}

/** Of the exams with a flag, or of those without: how many there are, and the share that has the finding. */
interface Side {
  exams: number;
  verified: number;
  share: Estimate | undefined;
}

function sideOf(exams: readonly JudgedExam[], flagged: boolean): Side {
  const own = exams.filter(({ answer }) => 'score' in answer && answer.flagged === flagged);
  const verified = own.filter(isVerified);
  const drawn = verified.map((exam) => ({
    hit: hasFinding(exam),
    weight: 1 / exam.truth.probability,
    cluster: exam.patient,
  }));
  return { exams: own.length, verified: verified.length, share: weightedShare(drawn) };
}

/** How many exams of a side have the finding, or have it not. Nil, and sure of it, where the side is empty. */
function massOf({ exams, share }: Side, withFinding: boolean): Estimate | undefined {
  if (exams === 0) return { value: 0, low: 0, high: 0 };
  return share && scale(withFinding ? share : complement(share), exams);
}

/**
 * Truth is known of some exams only. Looking mostly at those with a flag would make every figure too good (verification
 * bias, Begg and Greenes 1983): the share of each side counts for as many exams as that side has.
 */
function weighShares(exams: readonly JudgedExam[], counts: ExamCounts): Shares {
  const [flagged, unflagged] = [sideOf(exams, true), sideOf(exams, false)];
  const negatives = counts.verifiedFlagged + counts.verifiedUnflagged - counts.positives;
  const ratio = (withFinding: boolean, n: number): Figure => {
    const [own, other] = withFinding ? [flagged, unflagged] : [unflagged, flagged];
    const [right, wrong] = [massOf(own, withFinding), massOf(other, withFinding)];
    if (!right || !wrong) return whatIsUnseen(flagged, unflagged);
    return n === 0 ? nothingCounted : known(shareOfSum(right, wrong), n);
  };
  return {
    sensitivity: ratio(true, counts.positives),
    specificity: ratio(false, negatives),
    ppv: flagged.share ? known(flagged.share, flagged.verified) : nothingCounted,
    npv: unflagged.share ? known(complement(unflagged.share), unflagged.verified) : nothingCounted,
  };
}

function whatIsUnseen(flagged: Side, unflagged: Side): Unknown {
  if (flagged.verified + unflagged.verified === 0) return nothingCounted;
  const side = flagged.verified === 0 ? 'with' : 'without';
  return { notEstimable: `the truth is known of no exam ${side} a flag` };
}

/** The area under the ROC curve, of exams that were not looked at because of the answer. */
function areaOf(verified: readonly VerifiedExam[], basis: Performance['basis']): Figure {
  const exams = verified.filter(({ truth }) => basis === 'all' || truth.selection !== 'by-answer');
  const labels = exams.map(({ truth }) => truth.label);
  const positives = labels.filter((label) => label === 1).length;
  const fewest = Math.min(positives, labels.length - positives);
  if (labels.length === 0) return nothingCounted;
  if (fewest === 0)
    return {
      notEstimable: `${positives} with and ${labels.length - positives} without the finding`,
    };
  const area = areaEstimate({
    labels,
    scores: exams.map(({ answer }) => answer.score),
    clusters: exams.map(({ patient }) => patient),
  });
  return { ...area, n: labels.length, insufficient: fewest < fewestCases };
}

/**
 * Measures one model on one finding. Needs every exam of the period, also those whose truth nobody knows: how many of
 * them were flagged is half of the answer. Throws SCORES_INVALID for a score that is no number.
 */
export function measurePerformance(exams: readonly JudgedExam[]): Performance {
  const verified = exams.filter(isVerified);
  const counts = countExams(exams, verified);
  const basis = verified.length === counts.analysed ? 'all' : 'sample';
  const shares = basis === 'all' ? countShares(verified) : weighShares(exams, counts);
  return { counts, basis, ...shares, auc: areaOf(verified, basis) };
}
