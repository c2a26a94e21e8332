import process from 'node:process';
import type { Evaluation } from '../../models/evaluation/evaluation.ts';
import type { GateResult } from '../../models/evaluation/gate.ts';
import type { OperatingPoint, Share } from '../../models/evaluation/operating-point.ts';
import { fewestCases } from '../../models/evaluation/performance.ts';
import type { Estimate } from '../../models/evaluation/proportion.ts';
import type { Subgroup } from '../../models/evaluation/subgroup.ts';
import type { Markup } from './markup.ts';
import {
  calibrationChart,
  coverageChart,
  precisionChart,
  rocChart,
  scoreChart,
} from './evaluation-charts.ts';
import {
  forestChart,
  type ForestRow,
  type ForestScale,
  shareScale,
  upperHalf,
} from './forest-chart.ts';
import { facts, figure, page, paragraph, section, table, tile, words } from './page.ts';
import { decimals, estimate, fraction, limits, percent, pValue, thresholdText } from './words.ts';

function heading({ source, counts, question }: Evaluation): Markup[] {
  const { model, finding, description } = source;
  const title = model ? `${model.name} ${model.version}: ${finding}` : `Evaluation: ${finding}`;
  return [
    ...(model?.status === 'demo'
      ? [paragraph(`Not for clinical use. ${model.notice}`, 'banner')]
      : []),
    ['h1', {}, title],
    paragraph(
      `${counts.cases} cases of ${counts.patients} patients, ${counts.positives} with the finding, from ${description}. ` +
        `Flagged from ${thresholdText(question.threshold)} on (${question.thresholdSource}).`,
      'quiet',
    ),
  ];
}

function tiles({ decided, counts }: Evaluation): Markup {
  const { sensitivity, specificity } = decided.point;
  const share = (name: string, value: Share) =>
    tile(name, decimals(value.value), `95 %: ${limits(value.byPatient)}, ${fraction(value)}`);
  const silent = counts.notAnalysedShare;
  return [
    'div',
    { class: 'tiles' },
    share('Sensitivity', sensitivity),
    share('Specificity', specificity),
    tile('Area under the ROC curve', decimals(decided.auc.value), `95 %: ${limits(decided.auc)}`),
    tile(
      'Not analysed',
      percent(silent.value),
      `${counts.cases - counts.decided} of ${counts.cases} cases`,
    ),
  ];
}

const outcomes = {
  passed: ['passed', 'words good'],
  missed: ['missed', 'words bad'],
  insufficient: ['insufficient data', 'words bad'],
} as const;

function gateSection(gates: readonly GateResult[]): Markup[] {
  if (gates.length === 0) return [];
  const rows = gates.map(({ gate, where, bound, outcome }) => [
    gate,
    words(where ?? 'all'),
    decimals(bound),
    words(outcomes[outcome][0], outcomes[outcome][1]),
  ]);
  return [
    section(
      'Gates',
      paragraph(
        `Read at the unfavourable limit of the 95 % interval. Fewer than ${fewestCases} cases are no pass.`,
        'note',
      ),
      table(['demand', 'where', 'limit of the interval', 'outcome'], rows),
    ),
  ];
}

function remarkSection(remarks: readonly string[]): Markup[] {
  if (remarks.length === 0) return [];
  const items = remarks.map((remark): Markup => ['li', {}, remark]);
  return [section('Before you believe a figure', ['ul', {}, ...items])];
}

function shareRow(name: string, share: Share) {
  return [
    name,
    decimals(share.value),
    fraction(share),
    limits(share.byPatient),
    limits(share.wilson),
    limits(share.clopperPearson),
  ];
}

function estimateRow(name: string, value: Estimate | undefined) {
  return value ? [[name, decimals(value.value), '', limits(value), '', '']] : [];
}

function figureSection(evaluation: Evaluation): Markup {
  const { decided, all, predictive, calibration, counts, masks } = evaluation;
  const { ppv, npv, prevalence = 0 } = predictive ?? {};
  const line = calibration?.line;
  const rows = [
    shareRow('sensitivity', decided.point.sensitivity),
    shareRow('specificity', decided.point.specificity),
    shareRow('sensitivity, all cases', all.sensitivity),
    shareRow('specificity, all cases', all.specificity),
    ...estimateRow('area under the ROC curve', decided.auc),
    ...estimateRow('average precision', decided.prAuc),
    ...estimateRow(`PPV where ${percent(prevalence)} have it`, ppv),
    ...estimateRow(`NPV where ${percent(prevalence)} have it`, npv),
    ...estimateRow('Brier score', decided.brier),
    ...estimateRow('expected calibration error', decided.ece),
    ...estimateRow('calibration slope', line?.slope),
    ...estimateRow('calibration intercept', line?.intercept),
    ...estimateRow('calibration in the large', line?.inTheLarge),
    ...estimateRow(`Dice, mean of ${masks?.cases} masks`, masks?.dice),
    ...estimateRow(`intersection over union, mean of ${masks?.cases} masks`, masks?.iou),
  ];
  return section(
    'Figures',
    table(['', 'value', 'cases', '95 % interval', 'Wilson', 'Clopper-Pearson'], rows),
    paragraph(
      `Areas with DeLong's variance; average precision, Brier score and calibration error with the bootstrap. ` +
        `The first interval counts cases of one patient as belonging together. In "all cases" the ` +
        `${counts.cases - counts.decided} without an answer count as wrong. A calibration error is above 0 by chance alone.`,
      'note',
    ),
  );
}

function chartSection(evaluation: Evaluation): Markup {
  const { calibration, decided } = evaluation;
  const temperature = calibration?.temperature;
  return section('Curves', [
    'div',
    { class: 'figures' },
    figure(
      'ROC curve',
      rocChart(evaluation),
      `Area ${estimate(decided.auc)}. The band is the 95 % interval of the sensitivity at each threshold.`,
    ),
    figure(
      'Precision and recall',
      precisionChart(evaluation),
      `Average precision ${estimate(decided.prAuc)}. It holds for the share with the finding among these cases only.`,
    ),
    figure('Scores', scoreChart(evaluation), 'Each class adds up to 100 %.'),
    ...(calibration
      ? [
          figure(
            'Calibration',
            calibrationChart(evaluation),
            temperature === undefined
              ? 'No temperature fits these cases.'
              : `A temperature of ${temperature.toFixed(3)} on top would fit these cases best.`,
          ),
        ]
      : []),
  ]);
}

/** What the device kept back, beside what it answered. */
function withheldTable({ abstention, decided }: Evaluation): Markup[] {
  const { withheld } = abstention;
  if (!withheld) return [];
  const row = (name: string, { point, auc }: { point: OperatingPoint; auc?: Estimate }) => [
    name,
    `${decimals(point.sensitivity.value)} (${fraction(point.sensitivity)})`,
    `${decimals(point.specificity.value)} (${fraction(point.specificity)})`,
    auc ? estimate(auc) : 'n/a',
  ];
  return [
    table(
      ['', 'sensitivity', 'specificity', 'area'],
      [row('answered', decided), row('kept back, had it been answered', withheld)],
    ),
    paragraph('Silence is worth its price where the kept back answers are worse.', 'note'),
  ];
}

function abstentionSection(evaluation: Evaluation): Markup {
  const { abstention, counts } = evaluation;
  const silent = abstention.notAnalysed;
  const reasons = counts.notAnalysed.map(({ reason, cases, positives }) => [
    reason,
    String(cases),
    String(positives),
  ]);
  const points = (abstention.coverage ?? []).map(
    ({ coverage, sensitivity, specificity, enrichment }) => [
      percent(coverage),
      decimals(sensitivity),
      decimals(specificity),
      `${enrichment.abstainedPositives}/${enrichment.abstained}`,
      enrichment.abstained > 0 ? pValue(enrichment.p) : '',
    ],
  );
  const header = [
    'answered',
    'sensitivity',
    'specificity',
    'with the finding, unanswered',
    'p (Holm)',
  ];
  return section(
    'Abstention',
    ...(silent
      ? [
          table(['not analysed', 'cases', 'with the finding'], reasons),
          paragraph(
            `With the finding: ${silent.abstainedPositives} of ${silent.abstained} not analysed, ` +
              `${silent.decidedPositives} of ${silent.decided} analysed. One-sided p of more among the former: ${pValue(silent.p)}.`,
          ),
        ]
      : [paragraph('Every case was analysed.')]),
    ...withheldTable(evaluation),
    ...(points.length
      ? [
          [
            'div',
            { class: 'figures' },
            figure(
              'If the least sure cases got no answer',
              coverageChart(evaluation),
              'Left out from the score nearest to the threshold on.',
            ),
            table(header, points),
          ] as const,
        ]
      : []),
  );
}

function subgroupSection({ subgroups, decided }: Evaluation): Markup[] {
  if (subgroups.length === 0) return [];
  const whole = (value: number) => ({ whole: value });
  const panels = [
    { title: 'sensitivity', ...whole(decided.point.sensitivity.value) },
    { title: 'specificity', ...whole(decided.point.specificity.value) },
    { title: 'area under the ROC curve', ...whole(decided.auc.value) },
  ];
  const share = ({ value, trials, byPatient }: Share) =>
    trials ? { value, ...byPatient } : undefined;
  const rows = subgroups.map((group) => ({
    name: `${group.column}: ${group.value}`,
    note: `${group.positives}/${group.cases}`,
    sufficient: group.sufficient,
    values: [share(group.point.sensitivity), share(group.point.specificity), group.auc],
  }));
  return [
    section(
      'Subgroups',
      figure(
        'Positives of all cases, and 95 % intervals',
        ['div', { class: 'wide' }, forestChart('subgroups', scaleOf(rows), panels, rows)],
        `The dashed line is all cases. Hollow and dotted: fewer than ${fewestCases} positives, insufficient data.`,
      ),
      table(
        ['', 'positives', 'sensitivity', 'specificity', 'area', 'differs from the rest, p (Holm)'],
        subgroups.map(subgroupRow),
      ),
    ),
  ];
}

/** The upper half where everything that is sufficient lies there; what is not may stick out. */
function scaleOf(rows: readonly ForestRow[]): ForestScale {
  const values = rows.flatMap(({ sufficient, values }) => (sufficient ? values : []));
  return values.every((value) => !value || value.low >= 0.5) ? upperHalf : shareScale;
}

function subgroupRow({ column, value, positives, cases, sufficient, point, auc, p }: Subgroup) {
  const of = ({ value, byPatient, trials }: Share) =>
    trials ? `${decimals(value)} [${limits(byPatient)}]` : 'n/a';
  return [
    `${column}: ${value}`,
    `${positives}/${cases}`,
    sufficient ? of(point.sensitivity) : words('insufficient data', 'bad'),
    of(point.specificity),
    auc ? estimate(auc) : 'n/a',
    p === undefined ? '' : pValue(p),
  ];
}

function thresholdSection({ otherThresholds }: Evaluation): Markup {
  const rows = otherThresholds.map(({ aim, threshold, sensitivity, specificity }) => [
    aim,
    thresholdText(threshold),
    decimals(sensitivity),
    decimals(specificity),
  ]);
  return section(
    'Other thresholds',
    paragraph(
      'Read on these very cases, so too good: no such threshold may be taken from here into a product.',
      'note',
    ),
    table(['aim', 'threshold', 'sensitivity', 'specificity'], rows),
  );
}

function provenance({ source, question }: Evaluation): Markup {
  const { model, tables } = source;
  return section(
    'Where this comes from',
    facts([
      ...(model
        ? ([
            ['Model', `${model.name} ${model.version} (${model.status})`],
            ['SHA-256 of the model file', model.hash],
          ] as const)
        : []),
      ...Object.entries(tables).map(([name, hash]) => [`SHA-256 of ${name}`, hash] as const),
      [
        'Bootstrap',
        `${question.bootstrap.replicates} samples of patients, seed ${question.bootstrap.seed}`,
      ],
      ['Intervals', '95 %, two-sided'],
      ['Program', `Scanside, Node ${process.versions.node}`],
    ]),
  );
}

/** An evaluation as a page that stands alone, for people and for paper. */
export function evaluationPage(evaluation: Evaluation): string {
  const { source, gates, remarks } = evaluation;
  return page(`${source.model?.name ?? 'Evaluation'}: ${source.finding}`, [
    ...heading(evaluation),
    tiles(evaluation),
    ...gateSection(gates),
    ...remarkSection(remarks),
    chartSection(evaluation),
    figureSection(evaluation),
    ...subgroupSection(evaluation),
    abstentionSection(evaluation),
    thresholdSection(evaluation),
    provenance(evaluation),
  ]);
}
