import { lookup } from 'node:dns/promises';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { worst } from '../provisioning/checks/verdict.ts';
import { doctorSteps } from '../provisioning/doctor.ts';
import { runSession } from '../provisioning/session/session.ts';
import { readSiteFile, siteSchema } from '../provisioning/site/site-file.ts';
import { loadConfiguration } from '../runtime/config.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';
import { composeDoctor } from './provision-ports.ts';
import { tellPeople, tellPrograms } from './provision-text.ts';

const usage = `Says what is wrong with a device and its surroundings, each with its probable cause and what to do next: the checks of
\`scanside provision\` that write and store nothing. The appliance may be running.

Usage: scanside doctor --config FILE [--time-server HOST[:PORT]] [--json]
       scanside doctor --answers SITE.yaml [--json]

  --config FILE        the configuration of the appliance
  --answers FILE       the answers of the site, with what it expects of the machine and its time servers
  --time-server HOST   whom to ask for the time
  --json               one line of JSON for everything that is found
  --help               this text

It shows the fingerprint of the device's key, which proves commissioning reports ("deviceKey").

Exit status: 0 nothing is wrong (warnings may be), 1 it could not be carried out, 2 wrong arguments, 3 something is wrong.`;

const options = {
  config: { type: 'string' },
  answers: { type: 'string' },
  'time-server': { type: 'string' },
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
