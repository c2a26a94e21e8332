import type { Evaluation } from '../models/evaluation/evaluation.ts';
import type { GateResult } from '../models/evaluation/gate.ts';
import type { Share } from '../models/evaluation/operating-point.ts';
import type { Estimate } from '../models/evaluation/proportion.ts';
import type { Subgroup } from '../models/evaluation/subgroup.ts';
import { decimals, fraction, limits, percent, pValue, thresholdText } from './report/words.ts';
import { alignColumns } from './text-table.ts';

function shareRow(name: string, share: Share): string[] {
  return [
    name,
    decimals(share.value),
    limits(share.byPatient),
    limits(share.clopperPearson),
    fraction(share),
  ];
}

function estimateRow(name: string, value: Estimate | undefined): string[][] {
  return value ? [[name, decimals(value.value), limits(value), '', '']] : [];
}

function figureRows(evaluation: Evaluation): string[][] {
  const { decided, all, predictive, calibration, counts, abstention, masks } = evaluation;
  const { ppv, npv, prevalence } = predictive ?? {};
  const at = prevalence === undefined ? '' : ` at ${percent(prevalence)}`;
  return [
    ['', 'value', '95 % interval', 'exact', 'cases'],
    shareRow('sensitivity', decided.point.sensitivity),
    shareRow('specificity', decided.point.specificity),
    ...(counts.decided < counts.cases
      ? [
          shareRow('all cases: sensitivity', all.sensitivity),
          shareRow('all cases: specificity', all.specificity),
        ]
      : []),
    ...(abstention.withheld
      ? [
          shareRow('withheld: sensitivity', abstention.withheld.point.sensitivity),
          shareRow('withheld: specificity', abstention.withheld.point.specificity),
        ]
      : []),
    ...estimateRow('AUC', decided.auc),
    ...estimateRow('average precision', decided.prAuc),
    ...estimateRow(`PPV${at}`, ppv),
    ...estimateRow(`NPV${at}`, npv),
    ...estimateRow('Brier score', decided.brier),
    ...estimateRow('calibration error', decided.ece),
    ...estimateRow('calibration slope', calibration?.line?.slope),
    ...estimateRow('Dice', masks?.dice),
    ...estimateRow('intersection over union', masks?.iou),
  ];
}

/** How a subgroup's row says that it proves nothing. */
const insufficient = 'insufficient data';

function subgroupRow({ column, value, cases, positives, sufficient, point, auc, p }: Subgroup) {
  const of = (share: Share) => `${decimals(share.value)} [${limits(share.byPatient)}]`;
  return [
    `${column} ${value}`,
    `${positives}/${cases}`,
    ...(sufficient
      ? [of(point.sensitivity), of(point.specificity), decimals(auc?.value)]
      : [insufficient, '', '']),
    p === undefined ? '' : pValue(p),
  ];
}

function subgroupTable({ subgroups }: Evaluation): string[] {
  const header = ['', 'positives', 'sensitivity', 'specificity', 'AUC', 'p (Holm)'];
  return subgroups.length ? [alignColumns([header, ...subgroups.map(subgroupRow)])] : [];
}

const outcomeWords = { passed: 'passed', missed: 'MISSED', insufficient: 'INSUFFICIENT DATA' };

function gateRow({ gate, where, bound, outcome }: GateResult): string[] {
  return [outcomeWords[outcome], gate, where ?? '', `limit of the interval ${decimals(bound)}`];
}

function countLines({ source, counts, question }: Evaluation): string {
  const { model, finding } = source;
  const silent = counts.notAnalysed.map(
    ({ reason, cases, positives }) =>
      `  ${reason}: ${cases}, of which ${positives} have the finding`,
  );
  const abstained = counts.cases - counts.decided;
  return [
    `${model ? `${model.name} ${model.version}, ` : ''}${finding}`,
    `${counts.cases} cases of ${counts.patients} patients, ${counts.positives} with the finding`,
    ...(abstained > 0
      ? [`not analysed: ${abstained} (${percent(abstained / counts.cases)})`, ...silent]
      : []),
    `threshold ${thresholdText(question.threshold)} (${question.thresholdSource}), seed ${question.bootstrap.seed}, ` +
      `${question.bootstrap.replicates} bootstrap samples`,
  ].join('\n');
}

/** An evaluation for a terminal. */
export function evaluationText(evaluation: Evaluation): string {
  const { gates, remarks } = evaluation;
  return [
    countLines(evaluation),
    alignColumns(figureRows(evaluation)),
    ...subgroupTable(evaluation),
    ...(gates.length ? [alignColumns(gates.map(gateRow))] : []),
    ...(remarks.length ? [remarks.map((remark) => `! ${remark}`).join('\n')] : []),
  ].join('\n\n');
}
