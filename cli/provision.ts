import { lookup } from 'node:dns/promises';
import { arch, release } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { readIdentity } from '../device/machine/identity.ts';
import { keyLevelOf } from '../device/root-key.ts';
import { htmlPage } from '../provisioning/report/html-page.ts';
import { pdfPage } from '../provisioning/report/pdf-page.ts';
import { sha256 } from '../provisioning/report/fields.ts';
import { reportOf } from '../provisioning/report/report.ts';
import { openReport, reportKeyOf, sealReport } from '../provisioning/report/seal.ts';
import { outcomeWords } from '../provisioning/report/words.ts';
import { type Journal, journalAt } from '../provisioning/session/journal.ts';
import { runSession } from '../provisioning/session/session.ts';
import { siteExample } from '../provisioning/site/site-example.ts';
import { readSiteFile, type SiteFile } from '../provisioning/site/site-file.ts';
import { stepsFor } from '../provisioning/steps.ts';
import { listUnsafe } from '../runtime/config.ts';
import { readVersion } from '../runtime/service.ts';
import type { Command, Io } from './command.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { composeSteps, configurationText, openRootKey } from './provision-ports.ts';
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
  const path = required('answers', values.answers);
  const waivers = readWaivers(values.waive ?? [], values.because);
  const site = readSiteFile(disk.readText(path));
  const { answers } = site;
  const ports = composeSteps(site, disk, systemClock, lookup);
  const { steps, notAsked } = stepsFor(answers, ports);
  const tell = values.json ? tellPrograms(io) : tellPeople(io);
  const journal = await runSession({
    steps,
    journal: journalAt(
      join(answers.configuration.dataFolder, 'provisioning', 'journal.json'),
      disk,
    ),
    answers: sha256(disk.readText(path)),
    from: values.from,
    waivers,
    clock: systemClock,
    tell,
  });
  const folder = values.report ?? dirname(answers.configurationFile);
  return writeReport({ ...site, notAsked }, journal, folder, values.json ?? false, io);
}

function readWaivers(steps: string[], because: string | undefined): Record<string, string> {
  if (steps.length > 0 && !because?.trim()) throw new UsageError('--waive needs --because TEXT');
  return Object.fromEntries(steps.map((step) => [step, because?.trim() ?? '']));
}

function writeReport(
  { answers, configuration: written, notAsked }: SiteFile & { notAsked: string[] },
  journal: Journal,
  folder: string,
  isJson: boolean,
  io: Io,
): number {
  const { configuration } = answers;
  const keys = openRootKey(answers, disk);
  const report = reportOf(answers, journal, {
    software: { scanside: readVersion(), node: process.versions.node },
    machine: describeMachine(),
    keyLevel: keyLevelOf(disk, keyFolderOf(configuration.dataFolder)),
    configurationSha256: sha256(configurationText(written)),
    notAsked,
    notSafeYet: listUnsafe(configuration),
  });
  const text = sealReport(report, reportKeyOf(keys));
  const sealed = openReport(text);
  const base = join(folder, `commissioning-${configuration.device.serial}`);
  disk.makeFolder(folder);
  disk.replace(`${base}.json`, text);
  disk.replace(`${base}.html`, htmlPage(sealed));
  disk.replace(`${base}.pdf`, pdfPage(sealed));
  const said = { outcome: report.outcome, path: `${base}.json`, sha256: sealed.seal.reportSha256 };
  if (isJson) io.out(JSON.stringify({ event: 'report', ...said }));
  else
    io.out(
      `\n${outcomeWords[report.outcome]}. Report: ${base}.{json,html,pdf}\nSHA-256 ${said.sha256}`,
    );
  return report.outcome === 'fail' ? 3 : 0;
}

function describeMachine() {
  const { model } = readIdentity(disk, machineRoots);
  return { model: model ?? 'PC', system: `Linux ${release()} ${arch()}` };
}
