import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import type { Command } from './command.ts';
import { withDeviceLog } from './device-log.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Gives the device another key to sign its audit log with. The old key signs the new one, and both are recorded.

Usage: scanside audit rotate-key --config FILE

  --config FILE   the configuration of the appliance, which must not be running
  --help          this text

Whoever verifies needs the first key only, as it was written down when the device was commissioned: each later one follows
from the one before. Do so when somebody may have had the device open, and as often as your rules say.`;

const options = {
  config: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** `scanside audit rotate-key`. */
export const auditRotateKey: Command = {
  summary: 'gives the audit log another signing key',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const configuration = loadConfiguration(required('config', values.config), disk);
      // Nobody else has the data folder while it is open.
      const { root, database } = openStorage(configuration, disk, systemClock);
      try {
        await withDeviceLog(configuration, root, (log) => log.rotateKey());
        io.out(`${configuration.dataFolder}: the audit log is signed with another key`);
        return 0;
      } finally {
        database.close();
      }
    }),
};
