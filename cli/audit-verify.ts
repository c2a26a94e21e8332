import { readLog } from '../audit/frame-reader.ts';
import { verifyLog } from '../audit/verify.ts';
import { disk } from '../device/files.ts';
import { readDeviceKey, readHospitalKey, readWitnessFile, verdictLines } from './audit-request.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Verifies an audit log: that no record was changed, removed, moved, added or cut off. Names the first that is wrong.

Usage: scanside audit verify --log PATH --device-key FILE [OPTIONS]

  --log PATH            the folder of a log, or the file of an export
  --device-key FILE     the device's public key (PEM, Ed25519), as it was written down when the device was commissioned;
                        the one beside the log proves nothing, because whoever changed the log could change it too
  --witness FILE        the last checkpoint that left the device, one base64 line; without it nobody can tell whether
                        the end of the log was cut off at a checkpoint
  --hospital-key FILE   the hospital's private key (PEM, X25519): checks what stands behind the last checkpoint as well
  --partial             the log is a part that does not begin with the first segment
  --json                prints the verdict as JSON
  --help                this text

The exit code is 0 where nothing is wrong, 1 where something is, 2 for wrong arguments. A group that a running device is
writing at this moment may show as a damaged last record: verify an export, or the log of a device that stands.`;

const options = {
  log: { type: 'string' },
  'device-key': { type: 'string' },
  witness: { type: 'string' },
  'hospital-key': { type: 'string' },
  partial: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** `scanside audit verify`. */
export const auditVerify: Command = {
  summary: 'verifies an audit log and names the first wrong record',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const path = required('log', values.log);
      const publicKey = readDeviceKey(disk, required('device-key', values['device-key']));
      const hospitalPath = values['hospital-key'];
      const verdict = verifyLog(readLog(disk, path), {
        publicKey,
        witness: values.witness
          ? readWitnessFile(disk, values.witness, publicKey, path)
          : undefined,
        hospital: hospitalPath ? readHospitalKey(disk, hospitalPath) : undefined,
        partial: values.partial,
      });
      io.out(values.json ? JSON.stringify(verdict) : verdictLines(verdict).join('\n'));
      return verdict.fault ? 1 : 0;
    }),
};
