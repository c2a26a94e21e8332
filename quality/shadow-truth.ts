import { type Comparison, compare } from '../models/evaluation/comparison.ts';
import type { Case } from '../models/evaluation/case-table.ts';
import { fewestCases } from '../models/evaluation/performance.ts';
import type { Label } from '../models/evaluation/sample.ts';
import type { Answer } from './judged-exam.ts';
import type { ShadowExam } from './shadow-exam.ts';

/** What the reference standard says of an exam, and whose it is. */
export interface KnownTruth {
  label: Label;
  patient: string;
}

/** Both models against the reference standard, for one finding. */
export interface LabelledComparison {
  finding: string;
  positives: number;
  negatives: number;
  /** Undefined where fewer than 30 of either are known: nothing is concluded from so few. */
  comparison: Comparison | undefined;
}

/** The margins of `scanside model compare`, and few samples: the line runs on the same machine. */
const question = {
  margins: { sensitivity: 0.05, specificity: 0.05, auc: 0.02 },
  subgroups: [],
  bootstrap: { seed: 1, replicates: 200 },
};

/** Compares on the exams whose truth is known. `thresholds`: of the active one and of the candidate. */
export function compareWithTruth(
  exams: readonly ShadowExam[],
  truth: ReadonlyMap<string, KnownTruth>,
  finding: string,
  thresholds: readonly [number, number],
): LabelledComparison {
  const known = exams.flatMap(({ exam, answers }) => {
    const [said, is] = [answers.find((each) => each.finding === finding), truth.get(exam)];
    return said && is ? [{ exam, said, is }] : [];
  });
  const answered = known.filter(({ said }) => 'score' in said.active && 'score' in said.candidate);
  const positives = answered.filter(({ is }) => is.label === 1).length;
  const negatives = answered.length - positives;
  const isEnough = Math.min(positives, negatives) >= fewestCases;
  const casesOf = (side: 'active' | 'candidate') =>
    known.map(({ exam, said, is }, at) => caseOf(exam, said[side], is, at));
  return {
    finding,
    positives,
    negatives,
    comparison: isEnough
      ? compare(casesOf('active'), casesOf('candidate'), { ...question, thresholds })
      : undefined,
  };
}

function caseOf(file: string, answer: Answer, { label, patient }: KnownTruth, at: number): Case {
  const prediction = 'score' in answer ? { score: answer.score } : answer;
  return { row: at + 1, file, patient, label, columns: {}, prediction };
}
