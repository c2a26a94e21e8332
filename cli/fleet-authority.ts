import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import {
  authorityName,
  issuerName,
  makeAuthorityFolder,
} from '../provisioning/authority/authority-folder.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Makes what lets devices into the fleet: an authority that signs their certificates, and the key of enrolment tokens.

Usage: scanside fleet authority --folder FOLDER --name NAME

  --folder FOLDER   that of the fleet manager; authority/ is made in it
  --name NAME       of the authority, such as "Example Health devices"
  --help            this text

The broker trusts authority/ca.pem for the certificates of devices. Devices are set up with authority/token.pem. The two keys
beside them are not sealed, because \`scanside fleet est\` uses them by itself: nobody else may read the folder.`;

const options = {
  folder: { type: 'string' },
  name: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** `scanside fleet authority`. */
export const fleetAuthority: Command = {
  summary: 'makes the authority that signs certificates of devices',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      const name = required('name', values.name);
      await makeAuthorityFolder(disk, folder, name, systemClock.now());
      io.out(`${join(folder, authorityName)}: for the broker`);
      io.out(`${join(folder, issuerName)}: for devices`);
      return 0;
    }),
};
