import { isoInstant } from '../../device/clock.ts';
import { type Figure, figureText } from '../../quality/figure.ts';
import type { Performance } from '../../quality/performance.ts';
import type {
  FindingReport,
  ModelReport,
  QualityReport,
} from '../../runtime/quality/quality-report.ts';
import type { Markup } from './markup.ts';
import { facts, page, paragraph, section, table, words } from './page.ts';

const day = (iso: string): string => iso.slice(0, 10);

const shares = ['sensitivity', 'specificity', 'ppv', 'npv', 'auc'] as const;

const names: Record<(typeof shares)[number], string> = {
  sensitivity: 'Sensitivity',
  specificity: 'Specificity',
  ppv: 'Flags that were right (PPV)',
  npv: 'Absences of a flag that were right (NPV)',
  auc: 'Area under the ROC curve, of 100 %',
};

const levels = {
  quiet: 'nothing raised',
  watch: 'watch',
  alarm: 'ALARM',
  unknown: 'not known yet',
};

/** The report for a clinical board: a page that stands alone, loads nothing and runs nothing. */
export function qualityPage(report: QualityReport): string {
  const { from, to, site, models, auditsWaiting, agreements, disagreements } = report;
  const title = `How good the models were${site && ` at ${site}`}`;
  return page(title, [
    ['h1', {}, title],
    paragraph(`Exams from ${day(from)} to before ${day(to)}, UTC.`, 'quiet'),
    paragraph(
      'Figures are made of reports and readings alone. What people said at the panel is their opinion and is counted apart.',
    ),
    ...models.map(modelSection),
    section(
      'What is still open',
      facts([
        ['Drawn exams that nobody has read', String(auditsWaiting)],
        ['Exams whose flag somebody at the panel agreed with', String(agreements)],
        ['Exams that somebody at the panel disagreed with', String(disagreements)],
      ]),
    ),
  ]);
}

function modelSection({ model, version, trust, moves, findings, streams }: ModelReport): Markup {
  return section(
    `${model} ${version}`,
    paragraph(`State: ${trust.state}, since ${isoInstant(trust.since)}.`),
    ...findings.flatMap(findingParts),
    ['h3', {}, 'Scanners'],
    streams.length === 0
      ? paragraph('No exam has been counted yet.', 'quiet')
      : table(
          ['scanner', 'modality', 'exams', 'input'],
          streams.map(({ scanner, modality, exams, verdict }) => [
            scanner,
            words(modality),
            String(exams),
            words(verdict.otherPopulation ? 'ALARM: another population' : levels[verdict.level]),
          ]),
        ),
    ...(moves.length === 0 ? [] : [['h3', {}, 'Moves'] as Markup, movesTable(moves)]),
  );
}

function movesTable(moves: ModelReport['moves']): Markup {
  return table(
    ['when', 'from', 'to', 'by', 'because'],
    moves.map(({ at, was, isNow, mover, event, reason }) => [
      isoInstant(at),
      words(was),
      words(isNow),
      words(mover),
      words(reason ? `${event}: ${reason}` : event),
    ]),
  );
}

function findingParts(report: FindingReport): Markup[] {
  const { finding, performance, strata, estimate, watch, readers } = report;
  const own = estimate.sensitivity;
  return [
    ['h3', {}, finding],
    paragraph(countsText(performance), 'quiet'),
    table(
      ['figure', 'value with its 95 % interval', 'limits by Clopper and Pearson'],
      shares.map((name) => [
        names[name],
        words(figureText(performance[name])),
        words(exactText(performance[name])),
      ]),
    ),
    paragraph(
      `Rules on misses: ${levels[watch.level]}${watch.reasons.length > 0 ? ` (${watch.reasons.join(', ')})` : ''}.`,
    ),
    ...(own === undefined
      ? []
      : [
          paragraph(
            `Estimate from the model's own probabilities, by which nothing is decided: sensitivity ${(100 * own).toFixed(1)} %.`,
            'quiet',
          ),
        ]),
    ...(readers.readings === 0 ? [] : readerParts(readers)),
    table(
      ['part', 'exams', 'sensitivity', 'specificity'],
      strata.map(({ dimension, value, performance: part }) => [
        `${dimension}: ${value}`,
        String(part.counts.analysed),
        words(figureText(part.sensitivity)),
        words(figureText(part.specificity)),
      ]),
    ),
  ];
}

function readerParts({ readings, pairs, all, undecided }: FindingReport['readers']): Markup[] {
  return [
    paragraph(
      `Blinded readers: ${readings} readings; ${undecided} exams on which they are even wait for somebody who adjudicates.`,
    ),
    table(
      ['readers', "agreement beyond chance (Cohen's kappa; of all Fleiss' kappa)"],
      [
        ...pairs.map(({ readers, kappa }) => [readers.join(' and '), words(kappaText(kappa))]),
        ['all readers', words(kappaText(all))],
      ],
    ),
  ];
}

function kappaText(figure: Figure): string {
  if (!('value' in figure)) return `not estimable (${figure.notEstimable})`;
  const { value, low, high, n, insufficient } = figure;
  const text = `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}, n = ${n})`;
  return insufficient ? `${text}; insufficient data` : text;
}

function countsText({ counts, basis }: Performance): string {
  const { analysed, flagged, verifiedFlagged, verifiedUnflagged, notAnalysed } = counts;
  const known = verifiedFlagged + verifiedUnflagged;
  const how = basis === 'all' ? 'simply counted' : 'flagged and unflagged exams weighed apart';
  return `${analysed} exams analysed, ${flagged} flagged, ${notAnalysed} not analysed; the truth is known of ${known}: ${how}.`;
}

function exactText(figure: Figure): string {
  if (!('value' in figure) || !figure.exact) return '';
  const { low, high } = figure.exact;
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;
}
