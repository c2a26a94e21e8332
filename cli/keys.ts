import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { destroyRootKey, keyLevelOf, sealRootKey } from '../device/root-key.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';

const sealUsage = `Moves the device's root key from its file into the TPM of this machine.

Usage: scanside keys seal --config FILE

  --config FILE   the configuration of the appliance, which must not be running
  --help          this text

From then on the TPM gives the key out only to this machine with this firmware and this state of secure boot (PCR 0 and 7).
Keep a copy of keys/device.key where the device is not before you do so: after an update of the firmware, put it back and
seal it again. Needs tpm2-tools, and /dev/tpmrm0 or the TPM that TPM2TOOLS_TCTI names.`;

const eraseUsage = `Destroys the device's root key, and with it everything on the disk that is sealed: images, results, state, audit log.

Usage: scanside keys erase --config FILE --serial SERIAL

  --config FILE     the configuration of the appliance, which must not be running
  --serial SERIAL   the serial number of the device, so that it is the one that is meant
  --help            this text

Nothing brings it back, unless somebody has a copy of the key. Send or export the audit log first. The data folder can be
removed afterwards; nobody can read it any more. On flash the controller may keep old blocks: where the key lay in a file,
erase the medium as well (blkdiscard --secure, or the maker's own way).`;

/** `scanside keys seal`. */
const keysSeal: Command = {
  summary: 'moves the root key into the TPM',
  usage: sealUsage,
  run: (args, io) =>
    runCommand(args, sealUsage, io, () => {
      const options = { config: { type: 'string' }, help: { type: 'boolean' } } as const;
      const values = readOptions(args, options);
      const configuration = loadConfiguration(required('config', values.config), disk);
      const folder = keyFolderOf(configuration.dataFolder);
      // Nobody else has the data folder while it is open.
      const { database } = openStorage(configuration, disk, systemClock);
      try {
        if (keyLevelOf(disk, folder) === 'file') sealRootKey(disk, folder);
        io.out(`${folder}: the root key is sealed in the TPM`);
        return 0;
      } finally {
        database.close();
      }
    }),
};

/** `scanside keys erase`. */
const keysErase: Command = {
  summary: 'destroys the root key and all data',
  usage: eraseUsage,
  run: (args, io) =>
    runCommand(args, eraseUsage, io, () => {
      const options = {
        config: { type: 'string' },
        serial: { type: 'string' },
        help: { type: 'boolean' },
      } as const;
      const values = readOptions(args, options);
      const { dataFolder, device } = loadConfiguration(required('config', values.config), disk);
      if (required('serial', values.serial) !== device.serial)
        throw new UsageError('--serial is not the serial number of this device');
      destroyRootKey(disk, keyFolderOf(dataFolder));
      io.out(`${dataFolder}: the root key of ${device.serial} is destroyed`);
      return 0;
    }),
};

/** The commands of the group `keys`. */
export const keyCommands: Record<string, Command> = { seal: keysSeal, erase: keysErase };
