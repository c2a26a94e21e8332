import type { Evaluation } from './evaluation.ts';
import { partColumn } from './leakage.ts';
import { fewestCases } from './performance.ts';

/** Below this a chance finding is unlikely enough to be told. */
const noteworthy = 0.05;

/** What a reader must know before believing a figure. */
export function findRemarks(evaluation: Omit<Evaluation, 'remarks'>): string[] {
  const { source, counts, abstention, question, decided, subgroups } = evaluation;
  const { sensitivity, specificity } = decided.point;
  const small = subgroups.filter(({ sufficient }) => !sufficient);
  const differing = subgroups.filter(({ p = 1 }) => p < noteworthy);
  const silent = abstention.notAnalysed;
  const trained = evaluation.cases.filter(({ columns }) => columns[partColumn] === 'train').length;
  const remarks: [boolean, string][] = [
    [source.model?.status === 'demo', `Not for clinical use. ${source.model?.notice}`],
    [
      sensitivity.trials < fewestCases || specificity.trials < fewestCases,
      `Insufficient data: ${sensitivity.trials} cases with and ${specificity.trials} without the finding; ` +
        `fewer than ${fewestCases} of either allow no conclusion.`,
    ],
    [
      trained > 0,
      `${trained} cases are of the part "train": a model knows what it was trained on.`,
    ],
    [
      silent !== undefined && silent.p < noteworthy,
      `The cases that were not analysed have the finding more often than the others ` +
        `(p = ${silent?.p.toPrecision(2)}): the figures of the decided cases are too good.`,
    ],
    [
      small.length > 0,
      `Insufficient data in ${small.length} of ${subgroups.length} subgroups: fewer than ${fewestCases} positives.`,
    ],
    [
      differing.length > 0,
      `The area differs from that of the rest in ${differing.map(({ column, value }) => `${column} ${value}`).join(', ')}.`,
    ],
    [
      counts.patients < counts.cases,
      `${counts.cases} cases of ${counts.patients} patients: intervals are widened, and the bootstrap draws patients.`,
    ],
    [question.scale === 'rank', 'The scores are no probabilities: calibration was not judged.'],
  ];
  return remarks.filter(([applies]) => applies).map(([, text]) => text);
}
