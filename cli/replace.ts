import { createPublicKey, type KeyObject } from 'node:crypto';
import { isoInstant, systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { identityFolderOf, openDeviceKey, thumbprintOf } from '../device/identity-key.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import { addAccount, makeAccount } from '../panel/access/account.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import {
  openReplacement,
  type Replacement,
  sealReplacement,
} from '../provisioning/leaving/replacement.ts';
import { loadConfiguration, parseConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';
import type { Command, Io } from './command.ts';
import { recordDeviceAct } from './device-log.ts';
import { readOptions, required, runCommand } from './options.ts';
import { readRole, readSecret } from './user-request.ts';

const commonUsage = `  --config FILE     the configuration of this device
  --help            this text`;

const options = {
  config: { type: 'string' },
  to: { type: 'string' },
  from: { type: 'string' },
  out: { type: 'string' },
  in: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** The public key (P-256) of another device. Throws REPLACEMENT_UNUSABLE. */
function readDeviceKey(path: string): KeyObject {
  const text = disk.readText(path);
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (cause) {
    throw new ScansideError('REPLACEMENT_UNUSABLE', `${path} is no public key`, { cause });
  }
  throw new ScansideError('REPLACEMENT_UNUSABLE', `${path} is no key of a device`);
}

/** Root key and private key of this device, made at first use. Throws as openRootKey does. */
function openOwn(dataFolder: string): { root: Keys; own: KeyObject } {
  disk.makeFolder(dataFolder);
  const root = openRootKey(disk, `${dataFolder}/spool`, keyFolderOf(dataFolder));
  return { root, own: openDeviceKey(disk, identityFolderOf(dataFolder), root) };
}

const keyUsage = `Writes the public key of this device: what it is handed over is encrypted to it, or what it hands over is known by it.

Usage: scanside replace key --config FILE --out FILE

  --out FILE        takes the key, PEM
${commonUsage}`;

const replaceKey: Command = {
  summary: 'writes the public key of this device',
  usage: keyUsage,
  run: (args, io) =>
    runCommand(args, keyUsage, io, () => {
      const values = readOptions(args, options);
      const { dataFolder } = loadConfiguration(required('config', values.config), disk);
      const publicKey = createPublicKey(openOwn(dataFolder).own);
      const pem = publicKey.export({ format: 'pem', type: 'spki' });
      disk.replace(required('out', values.out), pem);
      io.out(`Thumbprint: ${thumbprintOf(publicKey)}`);
      return 0;
    }),
};

const exportUsage = `Hands the configuration and the accounts over to the device that takes the place of this one.

Usage: scanside replace export --config FILE --to FILE --out FILE

  --to FILE         the public key of the new device (\`scanside replace key\` there); compare its thumbprint
  --out FILE        takes what the new device imports; only that device can read it
${commonUsage}

No PIN, password, certificate or key goes along, and no image. This device goes on as it is; take it out of service with
\`scanside reset decommission\`.`;

const replaceExport: Command = {
  summary: 'hands the configuration over to another device',
  usage: exportUsage,
  run: (args, io) =>
    runCommand(args, exportUsage, io, async () => {
      const values = readOptions(args, options);
      const path = required('config', values.config);
      const configuration = loadConfiguration(path, disk);
      const to = readDeviceKey(required('to', values.to));
      const out = required('out', values.out);
      const { root, database } = openStorage(configuration, disk, systemClock);
      try {
        const own = openDeviceKey(disk, identityFolderOf(configuration.dataFolder), root);
        disk.replace(out, sealReplacement(contentOf(path, root), to, own));
        await recordDeviceAct(configuration, root, 'configuration-exported', io);
      } finally {
        database.close();
      }
      io.out(`${out}: for the device ${thumbprintOf(to)}`);
      return 0;
    }),
};

/** What this device hands over: its configuration as written, without what says which box it is. */
function contentOf(path: string, root: Keys): Replacement {
  const { dataFolder, device } = loadConfiguration(path, disk);
  const { dataFolder: _, ...written } = JSON.parse(disk.readText(path)) as Record<string, unknown>;
  const { serial: _serial, ...named } = (written['device'] ?? {}) as Record<string, unknown>;
  const { accounts } = new AccountStore(disk, root, accessFolderOf(dataFolder));
  return {
    schema: 1,
    serial: device.serial,
    at: isoInstant(systemClock.now()),
    configuration: { ...written, device: named },
    accounts: accounts.map(({ name, displayName, role }) => ({ name, displayName, role })),
  };
}

const importUsage = `Takes over what the device before has handed over.

Usage: scanside replace import --config FILE --from FILE --in FILE

  --from FILE       the public key of the old device (\`scanside replace key\` there); compare its thumbprint
  --in FILE         what \`scanside replace export\` has written there
${commonUsage}

Data folder and serial number stay those of this device; everything else in its configuration is the old device's. The
configuration so far is kept beside it, as FILE.before. Every account gets another PIN, which is printed once. Files that the
configuration names must be brought by hand.`;

const replaceImport: Command = {
  summary: 'takes over the configuration of another device',
  usage: importUsage,
  run: (args, io) =>
    runCommand(args, importUsage, io, async () => {
      const values = readOptions(args, options);
      const path = required('config', values.config);
      const before = loadConfiguration(path, disk);
      const from = readDeviceKey(required('from', values.from));
      const { root, database } = openStorage(before, disk, systemClock);
      try {
        const own = openDeviceKey(disk, identityFolderOf(before.dataFolder), root);
        const content = openReplacement(disk.readText(required('in', values.in)), own, from);
        takeOver(path, before, content);
        await takeAccounts(content, root, before.dataFolder, io);
        await recordDeviceAct(before, root, 'configuration-imported', io);
        io.out(`${path} is that of ${content.serial}; the one before is ${path}.before`);
      } finally {
        database.close();
      }
      return 0;
    }),
};

/** Throws CONFIG_INVALID before anything is changed. */
function takeOver(
  path: string,
  { dataFolder, device: { serial } }: ReturnType<typeof loadConfiguration>,
  { configuration }: Replacement,
): void {
  const device = { ...(configuration['device'] as Record<string, unknown>), serial };
  const next = { ...configuration, dataFolder, device };
  parseConfiguration(next);
  disk.replace(`${path}.before`, disk.readBytes(path));
  disk.replace(path, `${JSON.stringify(next, undefined, 2)}\n`);
}

/** Accounts that are not here yet; each gets a PIN of its own. */
async function takeAccounts(
  { accounts }: Replacement,
  root: Keys,
  dataFolder: string,
  io: Io,
): Promise<void> {
  const store = new AccountStore(disk, root, accessFolderOf(dataFolder));
  for (const { name, displayName, role } of accounts) {
    if (store.find(name)) continue;
    const secret = await readSecret(store, name, false, io);
    const account = makeAccount(name, displayName, readRole(role), secret);
    store.change((all) => addAccount(all, account));
  }
}

/** The commands of the group `replace`. */
export const replaceCommands: Record<string, Command> = {
  key: replaceKey,
  export: replaceExport,
  import: replaceImport,
};
