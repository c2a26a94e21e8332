import process from 'node:process';
import type { Comparison, Flip, ShareComparison } from '../../models/evaluation/comparison.ts';
import { isPass } from '../../models/evaluation/comparison.ts';
import type { Markup } from './markup.ts';
import { signed, verdictText } from '../comparison-text.ts';
import type { NamedComparison } from '../model-compare.ts';
import { forestChart, type ForestScale } from './forest-chart.ts';
import { facts, figure, page, paragraph, section, table, tile, words } from './page.ts';
import { decimals, estimate, limits, pValue, thresholdText } from './words.ts';

function tiles({ sensitivity, specificity, auc, verdict }: Comparison): Markup {
  const of = (name: string, { difference }: Pick<ShareComparison, 'difference'>, word: string) =>
    tile(name, signed(difference.value), `95 %: ${limits(difference)}, ${word}`);
  return [
    'div',
    { class: 'tiles' },
    tile('Verdict', verdictText(verdict), 'the least favourable of the three'),
    of('Sensitivity', sensitivity, verdictText(sensitivity.verdict)),
    of('Specificity', specificity, verdictText(specificity.verdict)),
    of('Area under the ROC curve', auc, verdictText(auc.verdict)),
  ];
}

function figureSection({ sensitivity, specificity, auc, prAuc, question }: Comparison): Markup {
  const { margins } = question;
  const verdict = (word: Comparison['verdict']) =>
    words(verdictText(word), isPass(word) ? 'words good' : 'words bad');
  const shareRow = (name: string, share: ShareComparison, margin: number) => [
    name,
    estimate(share.first),
    estimate(share.second),
    `${signed(share.difference.value)} [${limits(share.difference)}]`,
    `${share.test.onlyFirst} / ${share.test.onlySecond}`,
    pValue(share.test.p),
    `−${margin}`,
    verdict(share.verdict),
  ];
  const rows = [
    shareRow('sensitivity', sensitivity, margins.sensitivity),
    shareRow('specificity', specificity, margins.specificity),
    [
      'area under the ROC curve',
      decimals(auc.auc[0]),
      decimals(auc.auc[1]),
      `${signed(auc.difference.value)} [${limits(auc.difference)}]`,
      '',
      pValue(auc.p),
      `−${margins.auc}`,
      verdict(auc.verdict),
    ],
    [
      'average precision',
      decimals(prAuc.first),
      decimals(prAuc.second),
      `${signed(prAuc.difference.value)} [${limits(prAuc.difference)}]`,
      '',
      '',
      '',
      words(''),
    ],
  ];
  const header = [
    '',
    'reference',
    'candidate',
    'difference',
    'only one right',
    'p',
    'margin',
    'verdict',
  ];
  return section(
    'Figures',
    table(header, rows),
    paragraph(
      `Differences of sensitivity and specificity with Tango's score interval and McNemar's exact test, on the positives ` +
        `and on the negatives apart; of the area with DeLong's paired test; of average precision with the bootstrap. The ` +
        `verdict is read from the interval: non-inferior where its lower limit is above the margin.`,
      'note',
    ),
  );
}

const differences: ForestScale = { low: -0.4, high: 0.4, ticks: [-0.4, -0.2, 0, 0.2, 0.4] };

function subgroupSection({ subgroups, sensitivity, specificity }: Comparison): Markup[] {
  if (subgroups.length === 0) return [];
  const panels = [
    { title: 'difference of sensitivity', whole: sensitivity.difference.value },
    { title: 'difference of specificity', whole: specificity.difference.value },
  ];
  const shown = ({ cases, difference }: ShareComparison) => (cases > 0 ? difference : undefined);
  const rows = subgroups.map((group) => ({
    name: `${group.column}: ${group.value}`,
    note: `${group.positives}/${group.cases}`,
    sufficient: group.p !== undefined,
    values: [shown(group.sensitivity), shown(group.specificity)],
  }));
  const lines = subgroups.map(({ column, value, positives, cases, p, ...of }) => [
    `${column}: ${value}`,
    `${positives}/${cases}`,
    p
      ? `${signed(of.sensitivity.difference.value)} [${limits(of.sensitivity.difference)}]`
      : words('insufficient data', 'bad'),
    p ? pValue(p.sensitivity) : '',
    `${signed(of.specificity.difference.value)} [${limits(of.specificity.difference)}]`,
    p ? pValue(p.specificity) : '',
  ]);
  const header = ['', 'positives', 'sensitivity', 'p (Holm)', 'specificity', 'p (Holm)'];
  return [
    section(
      'Subgroups',
      figure(
        'Candidate less reference, and 95 % intervals',
        [
          'div',
          { class: 'wide' },
          forestChart('differences by subgroup', differences, panels, rows),
        ],
        'The dashed line is all cases. Hollow and dotted: too few positives, insufficient data.',
      ),
      table(header, lines),
    ),
  ];
}

const flipTitles = {
  lost: 'Findings lost',
  gained: 'Findings gained',
  'false-alarm': 'New false alarms',
  cleared: 'False alarms gone',
} as const;

function flipSection({ flips }: Comparison): Markup {
  const kinds = Object.keys(flipTitles) as Flip['kind'][];
  const tables = kinds.flatMap((kind): Markup[] => {
    const some = flips.filter((flip) => flip.kind === kind);
    if (some.length === 0) return [];
    const rows = some.map(({ file, patient, first, second }) => [
      words(file, 'name'),
      words(patient, 'words name'),
      thresholdText(first),
      thresholdText(second),
    ]);
    const title: Markup = ['h3', {}, `${flipTitles[kind]}: ${some.length}`];
    return [title, table(['case', 'patient', 'reference', 'candidate'], rows)];
  });
  return section(
    'Cases whose flag differs',
    ...(tables.length ? tables : [paragraph('No flag differs.')]),
  );
}

/** A comparison as a page that stands alone, for people and for paper. */
export function comparisonPage({ reference, candidate, comparison }: NamedComparison): string {
  const { counts, remarks, agreement, question } = comparison;
  const items = remarks.map((remark): Markup => ['li', {}, remark]);
  return page(`${candidate.name} beside ${reference.name}`, [
    ['h1', {}, `${candidate.name} beside ${reference.name}`],
    paragraph(
      `${counts.cases} cases of ${counts.patients} patients, ${counts.positives} with the finding. The reference flags ` +
        `from ${thresholdText(reference.threshold)} on, the candidate from ${thresholdText(candidate.threshold)} on; ` +
        `kappa of their flags ${estimate(agreement)}.`,
      'quiet',
    ),
    tiles(comparison),
    ...(items.length ? [section('Before you believe a figure', ['ul', {}, ...items])] : []),
    figureSection(comparison),
    ...subgroupSection(comparison),
    flipSection(comparison),
    section(
      'Where this comes from',
      facts([
        [`SHA-256 of ${reference.name}`, reference.sha256],
        [`SHA-256 of ${candidate.name}`, candidate.sha256],
        [
          'Bootstrap',
          `${question.bootstrap.replicates} samples of patients, seed ${question.bootstrap.seed}`,
        ],
        ['Intervals', '95 %, two-sided'],
        ['Program', `Scanside, Node ${process.versions.node}`],
      ]),
    ),
  ]);
}
