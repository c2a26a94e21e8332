import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { ScansideError } from '../device/errors.ts';
import { destroyRootKey, isRootKeyThere, keyLevelOf, sealRootKey } from '../device/root-key.ts';
import { type Configuration, loadConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import type { Command, Io } from './command.ts';
import { recordDeviceAct } from './device-log.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { changeRootKey } from './root-key-change.ts';

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

Nothing brings it back, unless somebody has a copy of the key. Send or export the audit log first: it says last that the key
is destroyed, and the command prints the checkpoint that the device has signed behind that. Keep it as the certificate of
the erasure; \`scanside audit verify --witness\` takes it. The hospital can still read its log. The data folder can be removed afterwards; nobody can read it any more. On flash the controller may keep old blocks: where the key lay in a file,
erase the medium as well (blkdiscard --secure, or the maker's own way).`;

/** `scanside keys seal`. */
const keysSeal: Command = {
  summary: 'moves the root key into the TPM',
  usage: sealUsage,
  run: (args, io) =>
    runCommand(args, sealUsage, io, async () => {
      const options = { config: { type: 'string' }, help: { type: 'boolean' } } as const;
      const values = readOptions(args, options);
      const configuration = loadConfiguration(required('config', values.config), disk);
      const folder = keyFolderOf(configuration.dataFolder);
      // Nobody else has the data folder while it is open.
      const { root, database } = openStorage(configuration, disk, systemClock);
      try {
        if (keyLevelOf(disk, folder) === 'file') {
          sealRootKey(disk, folder);
          await recordDeviceAct(configuration, root, 'root-key-sealed', io);
        }
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
    runCommand(args, eraseUsage, io, async () => {
      const options = {
        config: { type: 'string' },
        serial: { type: 'string' },
        help: { type: 'boolean' },
      } as const;
      const values = readOptions(args, options);
      const configuration = loadConfiguration(required('config', values.config), disk);
      const { dataFolder, device } = configuration;
      if (required('serial', values.serial) !== device.serial)
        throw new UsageError('--serial is not the serial number of this device');
      const checkpoint = await recordErasure(configuration, io);
      destroyRootKey(disk, keyFolderOf(dataFolder));
      io.out(`${dataFolder}: the root key of ${device.serial} is destroyed`);
      if (checkpoint) io.out(`Last checkpoint of the audit log: ${checkpoint}`);
      return 0;
    }),
};

/** A key that opens nothing any more is destroyed all the same, one that is in use is not. */
async function recordErasure(configuration: Configuration, io: Io): Promise<string | undefined> {
  if (!isRootKeyThere(disk, keyFolderOf(configuration.dataFolder))) return undefined;
  let storage: ReturnType<typeof openStorage>;
  try {
    storage = openStorage(configuration, disk, systemClock);
  } catch (error) {
    if (!(error instanceof ScansideError) || error.code === 'DATA_FOLDER_IN_USE') throw error;
    io.error(`The audit log does not say so: ${error.message}`);
    return undefined;
  }
  try {
    return await recordDeviceAct(configuration, storage.root, 'root-key-destroyed', io);
  } finally {
    storage.database.close();
  }
}

const rotateUsage = `Gives the device another root key: whatever the old one protects is wrapped with the new one, and the old one destroyed.

Usage: scanside keys rotate --config FILE

  --config FILE   the configuration of the appliance, which must not be running
  --help          this text

Do so when somebody may have the old key, and as often as your rules say. Images, results, state, accounts and audit log stay.
A key in the TPM is followed by one in the TPM. Cut off by a power cut or a full disk, run it again: it goes on, and until then
the appliance does not start (ROOT_KEY_CHANGING). Copies of the old keys/device.key are of no use afterwards: keep a new
one where the device is not.`;

/** `scanside keys rotate`. */
const keysRotate: Command = {
  summary: 'gives the device another root key',
  usage: rotateUsage,
  run: (args, io) =>
    runCommand(args, rotateUsage, io, async () => {
      const options = { config: { type: 'string' }, help: { type: 'boolean' } } as const;
      const values = readOptions(args, options);
      const configuration = loadConfiguration(required('config', values.config), disk);
      const { keys, rewrapped, unusable } = changeRootKey(configuration, disk, systemClock);
      io.out(`${configuration.dataFolder}: another root key protects ${rewrapped} keys`);
      if (unusable > 0) io.out(`${unusable} keys had been destroyed or damaged before`);
      await recordDeviceAct(configuration, keys, 'root-key-changed', io);
      return 0;
    }),
};

/** The commands of the group `keys`. */
export const keyCommands: Record<string, Command> = {
  seal: keysSeal,
  rotate: keysRotate,
  erase: keysErase,
};
