import { outcomeWords } from '../provisioning/report/words.ts';
import { siteExample } from '../provisioning/site/site-example.ts';
import type { Command, Io } from './command.ts';
import type { WrittenReport } from './commissioning-report.ts';
import { readVisit } from './commissioning-visit.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { steerFromPanel } from './provision-panel.ts';
import { tellPeople, tellPrograms } from './provision-text.ts';
import { provisionVerify } from './provision-verify.ts';

const usage = `Takes a bare device to a signed commissioning report: checks the machine, makes its keys, writes its configuration and
tests every peer, each with what is probably wrong and what to do next. The appliance must not be running.

Usage: scanside provision --answers SITE.yaml [OPTIONS]
       scanside provision --example > SITE.yaml
       scanside provision verify REPORT.json [--fingerprint HEX]

  --answers FILE           the answers of the site
  --report FOLDER          where the report goes; without it beside the configuration that is written
  --from STEP              begin with this step and do those behind it again
  --waive STEP             somebody answers for this step; needs --because; may be repeated
  --because TEXT           why, for the waivers of this call; it stands in the report
  --panel                  does it from the service page of the device's own panel, in a browser, until it is stopped
  --json                   one line of JSON for everything that happens
  --example                prints a file of answers to start from
  --help                   this text

Run it again after a failure, a kill or a power cut: steps that have passed are kept, unless the answers have changed.
Nobody is asked anything, and no terminal is needed. The report is written in any case, as JSON (signed), HTML and PDF.

Exit status: 0 commissioned, 1 it could not be carried out, 2 wrong arguments, 3 a step has not passed (the report says which).`;

const options = {
  answers: { type: 'string' },
  report: { type: 'string' },
  from: { type: 'string' },
  waive: { type: 'string', multiple: true },
  because: { type: 'string' },
  panel: { type: 'boolean' },
  json: { type: 'boolean' },
  example: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** `scanside provision`. */
export const provisionCommand: Command = {
  summary: 'takes a bare device to a signed commissioning report',
  usage,
  run: (args, io) => {
    const [first, ...rest] = args;
    if (first === 'verify') return provisionVerify.run(rest, io);
    return runCommand(args, usage, io, () => provision(args, io));
  },
};

async function provision(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, options);
  if (values.example) {
    io.out(siteExample.trimEnd());
    return 0;
  }
  const visit = readVisit(required('answers', values.answers), values.report);
  const waivers = readWaivers(values.waive ?? [], values.because);
  if (values.panel) return steerFromPanel(visit, io);
  const journal = await visit.go({
    from: values.from,
    waivers,
    tell: values.json ? tellPrograms(io) : tellPeople(io),
  });
  return tellReport(visit.conclude(journal), values.json ?? false, io);
}

function readWaivers(steps: string[], because: string | undefined): Record<string, string> {
  if (steps.length > 0 && !because?.trim()) throw new UsageError('--waive needs --because TEXT');
  return Object.fromEntries(steps.map((step) => [step, because?.trim() ?? '']));
}

function tellReport({ outcome, base, sha256 }: WrittenReport, isJson: boolean, io: Io): number {
  const words = `\n${outcomeWords[outcome]}. Report: ${base}.{json,html,pdf}\nSHA-256 ${sha256}`;
  const event = { event: 'report', outcome, path: `${base}.json`, sha256 };
  io.out(isJson ? JSON.stringify(event) : words);
  return outcome === 'fail' ? 3 : 0;
}
