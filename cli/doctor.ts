import { lookup } from 'node:dns/promises';
import process from 'node:process';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { worst } from '../provisioning/checks/verdict.ts';
import { doctorSteps } from '../provisioning/doctor.ts';
import type { Journal } from '../provisioning/session/journal.ts';
import { runSession } from '../provisioning/session/session.ts';
import { readSiteFile, siteSchema } from '../provisioning/site/site-file.ts';
import { writeSupportBundle } from '../provisioning/support/support-bundle.ts';
import { type Configuration, loadConfiguration } from '../runtime/config.ts';
import { readVersion } from '../runtime/service.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';
import { composeDoctor } from './provision-ports.ts';
import { tellPeople, tellPrograms } from './provision-text.ts';

const usage = `Says what is wrong with a device and its surroundings, each with its probable cause and what to do next: the checks of
\`scanside provision\` that write and store nothing. The appliance may be running.

Usage: scanside doctor --config FILE [--time-server HOST[:PORT]] [--bundle FILE [--log FILE]] [--json]
       scanside doctor --answers SITE.yaml [--json]

  --config FILE        the configuration of the appliance
  --answers FILE       the answers of the site, with what it expects of the machine and its time servers
  --time-server HOST   whom to ask for the time
  --bundle FILE        writes what support needs to FILE: the checks, versions, the configuration without names and secrets,
                       figures, and the log; nothing of a patient, a person or a peer
  --log FILE           a log of the appliance, for the bundle
  --json               one line of JSON for everything that is found
  --help               this text

It shows the fingerprint of the device's key, which proves commissioning reports ("deviceKey").

Exit status: 0 nothing is wrong (warnings may be), 1 it could not be carried out, 2 wrong arguments, 3 something is wrong.`;

const options = {
  config: { type: 'string' },
  answers: { type: 'string' },
  'time-server': { type: 'string' },
  bundle: { type: 'string' },
  log: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** `scanside doctor`. */
export const doctorCommand: Command = {
  summary: 'says what is wrong with a device and what to do',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const asked = readAsked(values);
      const journal = await runSession({
        steps: doctorSteps(asked, composeDoctor(asked.configuration, disk, systemClock, lookup)),
        journal: { read: () => undefined, write: () => {} },
        answers: '',
        waivers: {},
        clock: systemClock,
        tell: values.json ? tellPrograms(io) : tellPeople(io),
      });
      if (values.bundle !== undefined)
        await bundle(values.bundle, asked.configuration, journal, values.log);
      return worst(journal.steps.map(({ state }) => state)) === 'fail' ? 3 : 0;
    }),
};

/** What to look at, and what to expect of it: without answers of a site, the usual. */
function readAsked(values: { config?: string; answers?: string; 'time-server'?: string }) {
  if (values.answers !== undefined) return readSiteFile(disk.readText(values.answers)).answers;
  const configuration = loadConfiguration(required('config', values.config), disk);
  const server = values['time-server'];
  return {
    configuration,
    expect: siteSchema.shape.expect.parse({}),
    time: siteSchema.shape.time.parse({ servers: server === undefined ? [] : [server] }),
  };
}

/** Writes the support bundle; of an appliance that does not run or serves no figures it has none. */
async function bundle(
  path: string,
  configuration: Configuration,
  { steps }: Journal,
  log: string | undefined,
): Promise<void> {
  const figures = await readFigures(configuration);
  writeSupportBundle(disk, path, {
    at: systemClock.now(),
    versions: { scanside: readVersion(), node: process.versions.node },
    configuration,
    checks: steps.flatMap(({ checks }) => checks),
    conditions: [...figures.matchAll(/^scanside_condition\{condition="([\w-]+)"/gm)].map(
      (found) => found[1]!,
    ),
    metrics: figures,
    logLines: log === undefined ? [] : disk.readText(log).split('\n').filter(Boolean),
  });
}

async function readFigures({ metrics }: Configuration): Promise<string> {
  if (!metrics) return '';
  try {
    const answer = await fetch(`http://127.0.0.1:${metrics.port}/metrics`);
    return await answer.text();
  } catch {
    return '';
  }
}
