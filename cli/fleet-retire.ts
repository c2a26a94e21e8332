import { disk } from '../device/files.ts';
import { openAuthority } from '../provisioning/authority/authority-folder.ts';
import { verifyDecommission } from '../provisioning/leaving/decommission-certificate.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Checks what a device has signed when it was taken out of service, and lets it in no more.

Usage: scanside fleet retire --folder FOLDER --certificate FILE [OPTIONS]

  --folder FOLDER     that of the fleet manager
  --certificate FILE  what \`scanside reset decommission\` has written
${databaseUsage}

Its certificate is not renewed any more and no rollout waits for it. Until it ends, the broker takes it: but its key is gone.`;

const options = {
  ...databaseOptions,
  folder: { type: 'string' },
  certificate: { type: 'string' },
} as const;

/** `scanside fleet retire`. */
export const fleetRetire: Command = {
  summary: 'checks a decommissioning and revokes the device',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const authority = openAuthority(disk, required('folder', values.folder)).certificate;
      const text = disk.readText(required('certificate', values.certificate));
      const { device, serial, at, keyLevel, undelivered } = verifyDecommission(text, authority);
      await withStore(values, (store) => store.revoke(device, true));
      const facts = { device, serial, at, keyLevel, undelivered, revoked: true };
      io.out(
        values.json
          ? JSON.stringify(facts)
          : `${device} (${serial}) was erased at ${at}, with its root key in ${keyLevel === 'tpm' ? 'a TPM' : 'a file'}; it is revoked.`,
      );
      return 0;
    }),
};
