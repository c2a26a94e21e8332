import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import {
  authorityName,
  openIssuer,
  rootHashOf,
} from '../provisioning/authority/authority-folder.ts';
import { certificateThumbprint } from '../provisioning/enrolment/certs-only.ts';
import { parseCertificate } from '../provisioning/enrolment/issued-certificate.ts';
import { writeToken } from '../provisioning/enrolment/token.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand, wholeNumber } from './options.ts';

const usage = `Prints a token that lets one device into the fleet, once.

Usage: scanside fleet token --folder FOLDER --site SITE --est URL --mqtt URL [OPTIONS]

  --folder FOLDER   that of the fleet manager
  --site SITE       the one place where it may be used
  --serial SERIAL   the one device that may use it; without it any device that is preauthorised
  --est URL         the enrolment server, such as https://fleet.example:8085/.well-known/est
  --mqtt URL        the broker, such as mqtts://fleet.example:8883
  --hours N         for how long it is valid, 1 to 168 (default 24)
  --ca FILE         certificate of the authority, PEM (default authority/ca.pem of the folder)
  --root FILE       first root metadata of the repository (default repository/metadata/1.root.json of the folder)
  --help            this text

Whoever has the token may use it: bring it to the field engineer as you would a password.`;

const options = {
  folder: { type: 'string' },
  site: { type: 'string' },
  serial: { type: 'string' },
  est: { type: 'string' },
  mqtt: { type: 'string' },
  hours: { type: 'string', default: '24' },
  ca: { type: 'string' },
  root: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const firstRoot = join('repository', 'metadata', '1.root.json');

/** `scanside fleet token`. */
export const fleetToken: Command = {
  summary: 'prints a token that lets a device in once',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      const { serial, ca = join(folder, authorityName), root = join(folder, firstRoot) } = values;
      const now = systemClock.now();
      const token = {
        site: required('site', values.site),
        ...(serial !== undefined && { serial }),
        estUrl: required('est', values.est),
        mqttUrl: required('mqtt', values.mqtt),
        caThumbprint: certificateThumbprint(parseCertificate(disk.readText(ca))),
        rootHash: rootHashOf(disk, root),
        expires: now + wholeNumber('hours', values.hours, 1, 168) * 3600_000,
        once: randomBytes(16).toString('hex'),
      };
      io.out(writeToken(token, openIssuer(disk, folder), now));
      return 0;
    }),
};
