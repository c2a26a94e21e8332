import { createPublicKey } from 'node:crypto';
import { isoInstant, systemClock } from '../device/clock.ts';
import { disk, type Files } from '../device/files.ts';
import { identityFolderOf, openDeviceKey } from '../device/identity-key.ts';
import { keptIdentity } from '../provisioning/enrolment/identity-folder.ts';
import { signDecommission } from '../provisioning/leaving/decommission-certificate.ts';
import {
  beginLeaving,
  begunLeaving,
  endLeaving,
  eraseEverything,
} from '../provisioning/leaving/leaving.ts';
import type { Configuration } from '../runtime/config.ts';
import { openStorage, type Storage } from '../runtime/storage.ts';
import type { Command, Io } from './command.ts';
import { recordDeviceAct } from './device-log.ts';
import { readOptions, required, runCommand } from './options.ts';
import {
  confirmDevice,
  isBegun,
  judgeUndelivered,
  resetOptions,
  resetUsage,
} from './reset-request.ts';

const usage = `Takes this device out of service for good: signs that it is erased, destroys its root key, and removes its data folder's
content. Nothing on the disk can be read afterwards, whoever has it.

Usage: scanside reset decommission --config FILE --yes-destroy SERIAL --certificate FILE [--undelivered-too]

  --certificate FILE    takes what the device signs last, outside of the data folder. Bring it to the fleet manager:
                        \`scanside fleet retire\` checks it and lets the device in no more
${resetUsage}

Send or export the audit log first. Cut off, run it again: it goes on. Files that the configuration names outside of the data
folder stay: remove keys and tokens of the site yourself. On flash the controller may keep old blocks of a root key that lay
in a file: erase the medium as well (blkdiscard --secure, or the maker's own way).`;

const options = { ...resetOptions, certificate: { type: 'string' } } as const;

/** `scanside reset decommission`. */
export const decommission: Command = {
  summary: 'takes the device out of service and erases it',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const configuration = confirmDevice(values);
      const out = required('certificate', values.certificate);
      await eraseDevice(
        configuration,
        disk,
        { out, undeliveredToo: values['undelivered-too'] },
        io,
      );
      io.out(`${configuration.dataFolder}: everything is erased, and the root key is destroyed`);
      io.out(`${out}: bring it to the fleet manager`);
      return 0;
    }),
};

/**
 * Erases the device, or goes on with it. What it signs is on the disk before its key goes, and handed over when all is
 * done. Rejects with LEAVING_REFUSED, LEAVING_UNFINISHED and as openStorage does.
 */
export async function eraseDevice(
  configuration: Configuration,
  files: Files,
  { out, undeliveredToo }: { out: string; undeliveredToo?: boolean | undefined },
  io: Io,
): Promise<void> {
  const { dataFolder } = configuration;
  if (!isBegun(dataFolder, 'decommission')) {
    const storage = openStorage(configuration, files, systemClock);
    try {
      const undelivered = judgeUndelivered(configuration, storage, undeliveredToo);
      const certificate = await sign(configuration, files, storage, undelivered, io);
      beginLeaving(files, dataFolder, 'decommission', certificate);
    } finally {
      storage.database.close();
    }
  }
  eraseEverything(files, dataFolder);
  files.replace(out, begunLeaving(files, dataFolder)!.certificate);
  endLeaving(files, dataFolder);
}

/** The audit log says last that the key is destroyed; its checkpoint behind that is part of what is signed. */
async function sign(
  configuration: Configuration,
  files: Files,
  { root, keyLevel }: Storage,
  undelivered: number,
  io: Io,
): Promise<string> {
  const { dataFolder, device } = configuration;
  const checkpoint = await recordDeviceAct(configuration, root, 'root-key-destroyed', io);
  const folder = identityFolderOf(dataFolder);
  const privateKey = openDeviceKey(files, folder, root);
  const identity = keptIdentity(folder, files, root);
  const facts = {
    schema: 1 as const,
    device: identity?.deviceId ?? '',
    serial: device.serial,
    site: identity?.site ?? '',
    at: isoInstant(systemClock.now()),
    keyLevel,
    undelivered,
    auditCheckpoint: checkpoint ?? '',
    publicKey: createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }) as string,
    certificate: identity?.certificatePem ?? '',
  };
  return signDecommission(facts, privateKey);
}
