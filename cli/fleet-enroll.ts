import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { readRequestFile } from '../provisioning/enrolment/stick.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage } from './fleet-database.ts';
import { openDesk } from './fleet-est.ts';
import { withEnrolments } from './fleet-preauthorise.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Lets a device in that reaches no enrolment server: signs the request that it has put on a stick.

Usage: scanside fleet enroll --folder FOLDER --request FILE --token FILE --out FILE [OPTIONS]

  --folder FOLDER   that of the fleet manager
  --request FILE    what \`scanside enroll request\` has written on the device
  --token FILE      the token for the device; it is used up
  --out FILE        takes the certificate, for \`scanside enroll take\` on the device
${databaseUsage}

Compare the pairing code that the device shows with the one that is printed.`;

const options = {
  ...databaseOptions,
  folder: { type: 'string' },
  request: { type: 'string' },
  token: { type: 'string' },
  out: { type: 'string' },
} as const;

/** `scanside fleet enroll`. */
export const fleetEnroll: Command = {
  summary: 'lets a device in by files on a stick',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      const request = readRequestFile(disk.readText(required('request', values.request)));
      const token = disk.readText(required('token', values.token)).trim();
      const out = required('out', values.out);
      await withEnrolments(values, async (store) => {
        const desk = openDesk(folder, store, io);
        const decision = await desk.enrol(token, request);
        if (!('certificate' in decision))
          throw new ScansideError('ENROLMENT_PENDING', 'it is not on the list');
        disk.replace(out, `${decision.certificate}${desk.authority.toString()}`);
      });
      io.out(`${out}: bring it back to the device`);
      return 0;
    }),
};
