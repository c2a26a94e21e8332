import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { figureText } from '../quality/figure.ts';
import { writeRegistryTable } from '../runtime/quality/assess-ai.ts';
import { judgedExams, makeReport, type QualityReport } from '../runtime/quality/quality-report.ts';
import { readTime } from './audit-request.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { bundlesOf, configUsage, openStore, qualityOptions, readSite } from './quality-request.ts';
import { qualityPage } from './report/quality-page.ts';

const usage = `Tells how good the models were here in a time: for a clinical board, and for a registry.

Usage: scanside quality report --from TIME --to TIME --out FOLDER [OPTIONS]

  --from TIME    first moment in UTC, such as 2027-01-01
  --to TIME      first moment that no longer counts, such as 2027-04-01
  --out FOLDER   where report.html, report.json and registry.csv are written; it is made where it is missing
${configUsage}
  --help         this text

registry.csv holds what a registry such as ACR Assess-AI compares sites by: for every exam what AI said and what the
report says, with model, scanner, month, age band and sex, and nothing that leads back to a patient. A figure of nothing
is "not estimable". The appliance may run meanwhile.`;

const options = {
  ...qualityOptions,
  from: { type: 'string' },
  to: { type: 'string' },
  out: { type: 'string' },
} as const;

/** `scanside quality report`. */
export const qualityReport: Command = {
  summary: 'tells how good the models were here',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const from = readTime('from', required('from', values.from)) ?? 0;
      const to = readTime('to', required('to', values.to)) ?? 0;
      const out = required('out', values.out);
      if (to <= from) throw new UsageError('--to must be later than --from');
      const site = readSite(values.config);
      const bundles = bundlesOf(site);
      const store = openStore(site);
      try {
        const about = { from, to, site: site.quality.site, now: systemClock.now() };
        const report = makeReport(store, bundles, about);
        const exams = report.models.flatMap(({ model, findings }) =>
          findings.flatMap(({ finding }) => judgedExams(store, { model, finding }, { from, to })),
        );
        disk.makeFolder(out);
        disk.replace(join(out, 'report.html'), qualityPage(report));
        disk.replace(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
        disk.replace(join(out, 'registry.csv'), writeRegistryTable(exams));
        io.out(summaryOf(report));
        return 0;
      } finally {
        store.database.close();
      }
    }),
};

function summaryOf({ models }: QualityReport): string {
  const lines = models.flatMap(({ model, trust, findings }) =>
    findings.map(({ finding, performance: { sensitivity, specificity } }) => {
      const figures = `sensitivity ${figureText(sensitivity)}, specificity ${figureText(specificity)}`;
      return `${model} (${trust.state}), ${finding}: ${figures}`;
    }),
  );
  return lines.join('\n');
}
