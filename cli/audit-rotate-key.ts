import { join } from 'node:path';
import { AuditLog } from '../audit/log.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { readHospitalPublicKey } from './audit-request.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Gives the device another key to sign its audit log with. The old key signs the new one, and both are recorded.

Usage: scanside audit rotate-key --config FILE --hospital-key FILE

  --config FILE         the configuration of the appliance, which must not be running
  --hospital-key FILE   the hospital's public key (PEM, X25519), for which the log is sealed
  --help                this text

Whoever verifies needs the first key only, as it was written down when the device was commissioned: each later one follows
from the one before. Do so when somebody may have had the device open, and as often as your rules say.`;

const options = {
  config: { type: 'string' },
  'hospital-key': { type: 'string' },
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
      const key = readHospitalPublicKey(disk, required('hospital-key', values['hospital-key']));
      // Nobody else has the data folder while it is open.
      const { root, database } = openStorage(configuration, disk, systemClock);
      try {
        const folder = join(configuration.dataFolder, 'audit');
        const basics = { files: disk, clock: systemClock, keys: root };
        const log = await AuditLog.open({ ...basics, folder, hospital: key });
        await log.rotateKey();
        await log.close();
        io.out(`${folder}: signed with another key from record ${log.end.sequence - 1} on`);
        return 0;
      } finally {
        database.close();
      }
    }),
};
