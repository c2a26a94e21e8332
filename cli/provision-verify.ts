import { disk } from '../device/files.ts';
import { fingerprintOf, openReport } from '../provisioning/report/seal.ts';
import { outcomeWords } from '../provisioning/report/words.ts';
import type { Command } from './command.ts';
import { readOptions, runCommand, UsageError } from './options.ts';

const usage = `Proves that a commissioning report is as the device signed it.

Usage: scanside provision verify REPORT.json [--fingerprint HEX]

  --fingerprint HEX   SHA-256 of the device's key, as \`scanside doctor\` shows it on the device itself
  --help              this text

Without --fingerprint it is only proved that the report is whole and signed by the key that it names; whose key that is
is not, and the command ends with 3.

Exit status: 0 it is the device's, 1 it is forged or no report (the fields are named), 2 wrong arguments, 3 nobody vouches
for the key.`;

/** `scanside provision verify REPORT`. */
export const provisionVerify: Command = {
  summary: 'proves that a commissioning report is the device’s',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const [path, ...rest] = args;
      if (path === undefined || path.startsWith('--')) throw new UsageError('which report?');
      const { fingerprint } = readOptions(rest, {
        fingerprint: { type: 'string' },
        help: { type: 'boolean' },
      });
      const { report, seal } = openReport(disk.readText(path), fingerprint);
      io.out(
        `${outcomeWords[report.outcome]}: ${report.site}, ${report.device.serial}, ${report.endedAt}`,
      );
      io.out(`The report is whole and signed by ${fingerprintOf(seal.publicKey)}.`);
      if (fingerprint !== undefined) return 0;
      io.error('Whose key that is was not proved: compare it with what the device shows.');
      return 3;
    }),
};
