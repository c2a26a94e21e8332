import { systemClock } from '../device/clock.ts';
import { disk, type Files } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { beginLeaving, endLeaving, erasePatientData } from '../provisioning/leaving/leaving.ts';
import { openStorage } from '../runtime/storage.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';
import type { Command, Io } from './command.ts';
import { decommission } from './decommission.ts';
import { recordDeviceAct } from './device-log.ts';
import { readOptions, required, runCommand } from './options.ts';
import {
  confirmDevice,
  isBegun,
  judgeUndelivered,
  resetOptions,
  resetUsage,
} from './reset-request.ts';

const configurationUsage = `Puts the configuration back to what the device was delivered with. Images, models, identity and audit log stay.

Usage: scanside reset configuration --config FILE --yes-destroy SERIAL

${resetUsage}

The configuration so far is kept beside it, as FILE.before. Only the data folder and the serial number stay in it.`;

const resetConfiguration: Command = {
  summary: 'puts the configuration back',
  usage: configurationUsage,
  run: (args, io) =>
    runCommand(args, configurationUsage, io, async () => {
      const values = readOptions(args, resetOptions);
      const configuration = confirmDevice(values);
      const path = required('config', values.config);
      const { root, database } = openStorage(configuration, disk, systemClock);
      try {
        const { dataFolder, device } = configuration;
        disk.replace(`${path}.before`, disk.readBytes(path));
        const bare = { dataFolder, device: { serial: device.serial } };
        disk.replace(path, `${JSON.stringify(bare, undefined, 2)}\n`);
        await recordDeviceAct(configuration, root, 'configuration-reset', io);
      } finally {
        database.close();
      }
      io.out(`${path} is as it was delivered; the one before is ${path}.before`);
      return 0;
    }),
};

const patientUsage = `Erases everything about patients: images, results, pictures, what was counted of exams. Models, identity, accounts and
audit log stay, and the audit log says so.

Usage: scanside reset patient-data --config FILE --yes-destroy SERIAL [--undelivered-too]

${resetUsage}

Keys are destroyed first, then what they protect. Cut off, run it again: it goes on, and until then the appliance does not
start. Where spool.encryption was off the images lay readable on the disk: erase the medium as well.`;

const resetPatientData: Command = {
  summary: 'erases everything about patients',
  usage: patientUsage,
  run: (args, io) =>
    runCommand(args, patientUsage, io, async () => {
      const values = readOptions(args, resetOptions);
      const configuration = confirmDevice(values);
      await erasePatients(configuration, disk, values['undelivered-too'], io);
      io.out(`${configuration.dataFolder}: nothing about patients is left`);
      return 0;
    }),
};

/**
 * Erases what is about patients, or goes on with it. Rejects with LEAVING_REFUSED, LEAVING_UNFINISHED and as openStorage
 * does.
 */
export async function erasePatients(
  configuration: ReturnType<typeof confirmDevice>,
  files: Files,
  undeliveredToo: boolean | undefined,
  io: Io,
): Promise<void> {
  const { dataFolder } = configuration;
  if (!isBegun(dataFolder, 'patient-data')) {
    const storage = openStorage(configuration, files, systemClock);
    try {
      judgeUndelivered(configuration, storage, undeliveredToo);
      beginLeaving(files, dataFolder, 'patient-data');
    } finally {
      storage.database.close();
    }
  }
  erasePatientData(files, dataFolder);
  const root = openRootKey(files, `${dataFolder}/spool`, keyFolderOf(dataFolder));
  await recordDeviceAct(configuration, root, 'patient-data-erased', io);
  endLeaving(files, dataFolder);
}

/** The commands of the group `reset`. */
export const resetCommands: Record<string, Command> = {
  configuration: resetConfiguration,
  'patient-data': resetPatientData,
  decommission,
};
