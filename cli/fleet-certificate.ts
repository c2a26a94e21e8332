import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { issueServiceCertificate } from '../provisioning/authority/authority.ts';
import { openAuthority } from '../provisioning/authority/authority-folder.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';

const usage = `Makes a key and a certificate for a program of the fleet's side: the broker, or \`scanside fleet serve\`.

Usage: scanside fleet certificate --folder FOLDER --name HOST [--name HOST ...] --out PATH

  --folder FOLDER   that of the fleet manager, with authority/ in it
  --name HOST       name or address under which it is reached; for \`fleet serve\` its name at the broker, such as fleet-1
  --out PATH        PATH.pem and PATH.key are written
  --help            this text

It is valid for 90 days.`;

const options = {
  folder: { type: 'string' },
  name: { type: 'string', multiple: true, default: [] as string[] },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** `scanside fleet certificate`. */
export const fleetCertificate: Command = {
  summary: 'makes a certificate for the broker or the service',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const authority = openAuthority(disk, required('folder', values.folder));
      const out = required('out', values.out);
      if (!values.name.length) throw new UsageError('--name is missing');
      const { cert, key } = await issueServiceCertificate(
        authority,
        values.name,
        systemClock.now(),
      );
      disk.replace(`${out}.key`, key);
      disk.replace(`${out}.pem`, cert);
      io.out(`${out}.pem and ${out}.key`);
      return 0;
    }),
};
