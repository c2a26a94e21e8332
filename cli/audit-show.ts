import { showEvents } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { disk } from '../device/files.ts';
import { readDeviceKey, readHospitalKey, verdictLines } from './audit-request.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Shows the events of an audit log, one JSON object a line. Only the hospital's private key can read them.

Usage: scanside audit show --log PATH --device-key FILE --hospital-key FILE [--partial]

  --log PATH            the folder of a log, or the file of an export
  --device-key FILE     the device's public key (PEM, Ed25519)
  --hospital-key FILE   the hospital's private key (PEM, X25519)
  --partial             the log is a part that does not begin with the first segment
  --help                this text

Every record is verified before it is shown. At the first that is wrong the command stops, says why and ends with 1.
"wall" is milliseconds since 1970 UTC as the device believed; "monotonic" orders what one "boot" did.`;

const options = {
  log: { type: 'string' },
  'device-key': { type: 'string' },
  'hospital-key': { type: 'string' },
  partial: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** `scanside audit show`. */
export const auditShow: Command = {
  summary: 'shows the events of an audit log to the hospital',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const path = required('log', values.log);
      const publicKey = readDeviceKey(disk, required('device-key', values['device-key']));
      const hospital = readHospitalKey(disk, required('hospital-key', values['hospital-key']));
      const keys = { publicKey, hospital, partial: values.partial };
      const verdict = showEvents(readLog(disk, path), keys, (event) =>
        io.out(JSON.stringify(event)),
      );
      if (verdict.fault) io.error(verdictLines(verdict).join('\n'));
      return verdict.fault ? 1 : 0;
    }),
};
