import { createPublicKey, type KeyObject } from 'node:crypto';
import { renderSVG, renderUnicodeCompact } from 'uqr';
import { isoInstant, systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import { rootHashOf } from '../provisioning/authority/authority-folder.ts';
import {
  identityFolderOf,
  openDeviceKey,
  pairingCodeOf,
  thumbprintOf,
} from '../device/identity-key.ts';
import { certificateThumbprint } from '../provisioning/enrolment/certs-only.ts';
import { deviceNameOf } from '../provisioning/enrolment/device-name.ts';
import { enrol } from '../provisioning/enrolment/enrolment.ts';
import { type DeviceIdentity, keptIdentity } from '../provisioning/enrolment/identity-folder.ts';
import { parseCertificate } from '../provisioning/enrolment/issued-certificate.ts';
import { takeCertificate, writeRequest } from '../provisioning/enrolment/stick.ts';
import { readToken } from '../provisioning/enrolment/token.ts';
import { type Configuration, loadConfiguration } from '../runtime/config.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';
import { openStorage } from '../runtime/storage.ts';
import type { Command, Io } from './command.ts';
import { withDeviceLog } from './device-log.ts';
import { readOptions, required, runCommand } from './options.ts';

const commonUsage = `  --config FILE     the configuration of the appliance, which may run
  --site SITE       where the device stands, as the token says
  --help            this text`;

const tokenUsage = `  --token FILE      the token that the fleet manager has made for this device
  --issuer FILE     the fleet's public key of tokens (token.pem). Without it the fleet alone checks the token's signature`;

const options = {
  config: { type: 'string' },
  site: { type: 'string' },
  token: { type: 'string' },
  issuer: { type: 'string' },
  out: { type: 'string' },
  in: { type: 'string' },
  svg: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** Where the identity of a configured device lies, and who it is. Throws as openRootKey does. */
function openDevice(values: Values) {
  const configuration = loadConfiguration(required('config', values.config), disk);
  const { dataFolder, device } = configuration;
  disk.makeFolder(dataFolder);
  const keys: Keys = openRootKey(disk, `${dataFolder}/spool`, keyFolderOf(dataFolder));
  const folder = identityFolderOf(dataFolder);
  const parts = { folder, files: disk, keys, clock: systemClock };
  return { configuration, serial: device.serial, parts };
}

/** The token of a file, with its text. Throws as `readToken` does. */
function openToken(values: Values, { configuration, serial }: ReturnType<typeof openDevice>) {
  const tokenText = disk.readText(required('token', values.token)).trim();
  const token = readToken(tokenText, {
    site: required('site', values.site),
    serial,
    now: systemClock.now(),
    issuerKey: readIssuer(values.issuer),
    rootHash: readRootHash(configuration),
  });
  return { token, tokenText };
}

function readIssuer(path: string | undefined): KeyObject | undefined {
  return path === undefined ? undefined : createPublicKey(disk.readText(path));
}

function readRootHash({ updates }: Configuration): string | undefined {
  return updates && rootHashOf(disk, updates.rootFile);
}

/** The audit log has one writer: where the appliance runs the device is enrolled all the same. */
async function record(
  configuration: Configuration,
  { certificatePem }: DeviceIdentity,
  io: Io,
): Promise<void> {
  const newHash = certificateThumbprint(parseCertificate(certificatePem));
  try {
    const { root, database } = openStorage(configuration, disk, systemClock);
    try {
      const fields = { item: 'certificate', newHash };
      await withDeviceLog(configuration, root, (log) =>
        log.append({ name: 'provisioned', outcome: 0, fields }),
      );
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    io.error(`The audit log does not say so: ${error.message}`);
  }
}

function say({ deviceId, site, notAfter }: DeviceIdentity, io: Io): void {
  io.out(`${deviceId} belongs to the fleet at ${site} until ${isoInstant(notAfter)}.`);
}

const nowUsage = `Lets this device into the fleet: gets it a certificate for its key.

Usage: scanside enroll now --config FILE --site SITE --token FILE [--issuer FILE]

${tokenUsage}
${commonUsage}

Cut off, run it again with the same token: it goes on.`;

const enrollNow: Command = {
  summary: 'lets this device into the fleet with a token',
  usage: nowUsage,
  run: (args, io) =>
    runCommand(args, nowUsage, io, async () => {
      const values = readOptions(args, options);
      const device = openDevice(values);
      const { parts, serial } = device;
      tell(thumbprintOf(openDeviceKey(disk, parts.folder, parts.keys)), serial, io);
      const identity = await enrol({ ...parts, ...openToken(values, device), serial });
      await record(device.configuration, identity, io);
      say(identity, io);
      return 0;
    }),
};

const requestUsage = `Writes a request for a certificate for a stick, where this device reaches no enrolment server.

Usage: scanside enroll request --config FILE --site SITE --out FILE

  --out FILE        takes the request, for \`scanside fleet enroll\`
${commonUsage}`;

const enrollRequest: Command = {
  summary: 'writes a request on a stick',
  usage: requestUsage,
  run: (args, io) =>
    runCommand(args, requestUsage, io, async () => {
      const values = readOptions(args, options);
      const { parts, serial } = openDevice(values);
      const site = required('site', values.site);
      disk.replace(required('out', values.out), await writeRequest(parts, { serial, site }));
      tell(thumbprintOf(openDeviceKey(disk, parts.folder, parts.keys)), serial, io);
      return 0;
    }),
};

const takeUsage = `Takes the certificate that the fleet has put on a stick.

Usage: scanside enroll take --config FILE --site SITE --token FILE --in FILE [--issuer FILE]

  --in FILE         what \`scanside fleet enroll\` has written
${tokenUsage}
${commonUsage}`;

const enrollTake: Command = {
  summary: 'takes a certificate from a stick',
  usage: takeUsage,
  run: (args, io) =>
    runCommand(args, takeUsage, io, async () => {
      const values = readOptions(args, options);
      const device = openDevice(values);
      const { token } = openToken(values, device);
      const text = disk.readText(required('in', values.in));
      const identity = takeCertificate(text, { ...device.parts, token, serial: device.serial });
      await record(device.configuration, identity, io);
      say(identity, io);
      return 0;
    }),
};

const showUsage = `Shows the pairing code and the thumbprint of this device's key, and whether it belongs to the fleet.

Usage: scanside enroll show --config FILE [--svg FILE]

  --config FILE     the configuration of the appliance, which may run
  --svg FILE        takes the QR code as a picture, for a label
  --help            this text

The QR code says name and thumbprint, nothing secret.`;

const enrollShow: Command = {
  summary: 'shows the pairing code of this device',
  usage: showUsage,
  run: (args, io) =>
    runCommand(args, showUsage, io, () => {
      const values = readOptions(args, options);
      const { parts, serial } = openDevice(values);
      const thumbprint = thumbprintOf(openDeviceKey(disk, parts.folder, parts.keys));
      tell(thumbprint, serial, io);
      const code = `scanside:${deviceNameOf(serial)}:${thumbprint}`;
      io.out(renderUnicodeCompact(code));
      if (values.svg !== undefined) disk.replace(values.svg, renderSVG(code));
      const identity = keptIdentity(parts.folder, disk, parts.keys);
      if (identity) say(identity, io);
      else io.out('Not enrolled yet.');
      return 0;
    }),
};

function tell(thumbprint: string, serial: string, io: Io): void {
  io.out(`Device:       ${deviceNameOf(serial)}`);
  io.out(`Pairing code: ${pairingCodeOf(thumbprint)}`);
  io.out(`Thumbprint:   ${thumbprint}`);
}

/** The commands of the group `enroll`. */
export const enrollCommands: Record<string, Command> = {
  now: enrollNow,
  request: enrollRequest,
  take: enrollTake,
  show: enrollShow,
};
