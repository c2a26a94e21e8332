import type {
  Comparison,
  ComparisonVerdict,
  ShareComparison,
  SubgroupComparison,
} from '../models/evaluation/comparison.ts';
import type { NamedComparison } from './model-compare.ts';
import { decimals, estimate, limits, pValue, thresholdText } from './report/words.ts';
import { alignColumns } from './text-table.ts';

/** A verdict as a person reads it. */
export function verdictText(verdict: ComparisonVerdict): string {
  return verdict.replace('insufficient-data', 'insufficient data');
}

/** A difference with its sign. */
export function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${decimals(value)}`;
}

function shareRow(name: string, share: ShareComparison, margin: number): string[] {
  const { first, second, difference, test, verdict } = share;
  return [
    name,
    decimals(first.value),
    decimals(second.value),
    signed(difference.value),
    limits(difference),
    pValue(test.p),
    `-${margin}`,
    verdictText(verdict),
  ];
}

function figureTable({ sensitivity, specificity, auc, prAuc, question }: Comparison): string {
  const { margins } = question;
  return alignColumns([
    ['', 'reference', 'candidate', 'difference', '95 % interval', 'p', 'margin', 'verdict'],
    shareRow('sensitivity', sensitivity, margins.sensitivity),
    shareRow('specificity', specificity, margins.specificity),
    [
      'AUC',
      decimals(auc.auc[0]),
      decimals(auc.auc[1]),
      signed(auc.difference.value),
      limits(auc.difference),
      pValue(auc.p),
      `-${margins.auc}`,
      verdictText(auc.verdict),
    ],
    [
      'average precision',
      decimals(prAuc.first),
      decimals(prAuc.second),
      signed(prAuc.difference.value),
      limits(prAuc.difference),
      '',
      '',
      '',
    ],
  ]);
}

function subgroupRow({
  column,
  value,
  positives,
  cases,
  sensitivity,
  specificity,
  p,
}: SubgroupComparison) {
  const of = ({ difference }: ShareComparison) =>
    `${signed(difference.value)} [${limits(difference)}]`;
  return [
    `${column} ${value}`,
    `${positives}/${cases}`,
    ...(p
      ? [of(sensitivity), pValue(p.sensitivity), of(specificity), pValue(p.specificity)]
      : ['insufficient data', '', '', '']),
  ];
}

function subgroupTable({ subgroups }: Comparison): string[] {
  const header = ['', 'positives', 'sensitivity', 'p (Holm)', 'specificity', 'p (Holm)'];
  return subgroups.length ? [alignColumns([header, ...subgroups.map(subgroupRow)])] : [];
}

/** How many flips are listed on a terminal; the report lists all. */
const mostFlips = 20;

const flipWords = {
  gained: 'finding gained',
  lost: 'FINDING LOST',
  'false-alarm': 'new false alarm',
  cleared: 'false alarm gone',
};

function flipTable({ flips }: Comparison): string[] {
  if (flips.length === 0) return ['No flag differs.'];
  const order = flips.toSorted(
    (one, other) => Number(other.kind === 'lost') - Number(one.kind === 'lost'),
  );
  const rows = order
    .slice(0, mostFlips)
    .map(({ kind, file, first, second }) => [
      flipWords[kind],
      file,
      thresholdText(first),
      thresholdText(second),
    ]);
  const more = flips.length - rows.length;
  return [
    `${flips.length} flags differ:\n${alignColumns(rows)}${more > 0 ? `\n... and ${more} more` : ''}`,
  ];
}

/** A comparison for a terminal. */
export function comparisonText({ reference, candidate, comparison }: NamedComparison): string {
  const { counts, remarks, verdict, agreement, question } = comparison;
  return [
    [
      `reference ${reference.name}, threshold ${thresholdText(reference.threshold)}`,
      `candidate ${candidate.name}, threshold ${thresholdText(candidate.threshold)}`,
      `${counts.cases} cases of ${counts.patients} patients, ${counts.positives} with the finding`,
      `agreement of the flags: kappa ${estimate(agreement)}; seed ${question.bootstrap.seed}`,
    ].join('\n'),
    figureTable(comparison),
    ...subgroupTable(comparison),
    ...flipTable(comparison),
    ...(remarks.length ? [remarks.map((remark) => `! ${remark}`).join('\n')] : []),
    `Verdict: ${verdictText(verdict)}`,
  ].join('\n\n');
}
