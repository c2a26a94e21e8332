import { isoInstant, systemClock } from '../device/clock.ts';
import type { ShadowComparison } from '../quality/shadow-comparison.ts';
import type { LabelledComparison } from '../quality/shadow-truth.ts';
import { reportShadow, type ShadowReport } from '../runtime/quality/shadow-report.ts';
import type { Command } from './command.ts';
import { verdictText } from './comparison-text.ts';
import { readOptions, runCommand } from './options.ts';
import { configUsage, openStore, qualityOptions, readSite } from './quality-request.ts';
import { decimals, limits, percent, pValue } from './report/words.ts';
import { alignColumns } from './text-table.ts';

const usage = `Says how a candidate does beside the model that answers, on the exams of this device. For whoever makes or rolls out
models: it says what a model would have said that nobody has cleared, and is not for deciding anything of a patient.

Usage: scanside quality shadow [OPTIONS]

${configUsage}
  --json             the same for programs; with it no exam is named either
  --help             this text

A comparison is begun by an update that was signed for one (\`shadow\`), by an assignment of mode shadow, or by \`shadow\` in
the configuration. "continue" is no pass: not enough is known yet. The appliance may run meanwhile.

Exit status: 0 said, 1 failed, 2 wrong arguments.`;

/** `scanside quality shadow`. */
export const qualityShadow: Command = {
  summary: 'says how a candidate does beside the model that answers',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, { ...qualityOptions, json: { type: 'boolean' } });
      const store = openStore(readSite(values.config));
      try {
        const now = systemClock.now();
        const reports = store.shadow.all().map((run) => reportShadow(store, run, now));
        if (values.json) io.out(JSON.stringify(reports.map(withoutTimes)));
        else io.out(reports.map(shadowText).join('\n\n') || 'No candidate was compared here.');
        return 0;
      } finally {
        store.database.close();
      }
    }),
};

/** The flips of a comparison with labels name exams, and the times are one an exam. */
function withoutTimes({ comparison, labelled, ...report }: ShadowReport) {
  const { times: _, ...counts } = comparison;
  const known = labelled.map(({ comparison: figures, ...each }) => {
    if (!figures) return each;
    const { flips: __, ...rest } = figures;
    return { ...each, comparison: rest };
  });
  return { ...report, comparison: counts, labelled: known };
}

function shadowText({ run, hours, comparison, labelled, judgement }: ShadowReport): string {
  const { model, activeVersion, candidateVersion, begunAt } = run;
  return [
    [
      `${model}: ${candidateVersion} beside ${activeVersion}, since ${isoInstant(begunAt)} (${Math.floor(hours)} hours)`,
      ...countLines(comparison),
    ].join('\n'),
    ...findingTable(comparison),
    ...labelled.map(labelledText),
    `Verdict: ${judgement.verdict}\n${judgement.reasons.map((reason) => `  ${reason}`).join('\n')}`,
  ].join('\n\n');
}

function countLines({ exams, disagreed, disagreement, by, abstained, p95Ms }: ShadowComparison) {
  const { low, high } = disagreement;
  return [
    `${exams} exams; on ${disagreed} the result would be another one (${percent(low)} to ${percent(high)})`,
    `  flagged by the candidate alone ${by.gained}, by the active one alone ${by.lost}, for other findings ${by['other-finding']}`,
    `  answered by the candidate alone ${by['only-candidate']}, by the active one alone ${by['only-active']}`,
    `no answer: candidate ${abstained.candidate}, active one ${abstained.active}, both ${abstained.both}`,
    `95 of 100 exams take the candidate ${Math.round(p95Ms)} ms, last in line`,
  ];
}

function findingTable({ findings }: ShadowComparison): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(({ finding, exams, gained, lost, p, correlation }) => [
    finding,
    String(exams),
    String(gained),
    String(lost),
    pValue(p),
    correlation === undefined ? '' : decimals(correlation),
  ]);
  const header = ['finding', 'exams', 'flags gained', 'lost', 'p (McNemar)', 'correlation'];
  return [alignColumns([header, ...rows])];
}

function labelledText({ finding, positives, negatives, comparison }: LabelledComparison): string {
  const known = `${finding} by the reference standard: ${positives} with and ${negatives} without it`;
  if (!comparison) return `${known}; insufficient data`;
  const { sensitivity, specificity, auc, verdict } = comparison;
  const row = (name: string, change: { value: number; low: number; high: number }, p: number) => [
    `  ${name}`,
    decimals(change.value),
    limits(change),
    pValue(p),
  ];
  const table = alignColumns([
    ['  change of', '', '95 % interval', 'p'],
    row('sensitivity', sensitivity.difference, sensitivity.test.p),
    row('specificity', specificity.difference, specificity.test.p),
    row('AUC', auc.difference, auc.p),
  ]);
  return `${known}: ${verdictText(verdict)}\n${table}`;
}
