import { exportLog } from '../audit/export.ts';
import { disk } from '../device/files.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Copies an audit log into one file that only the hospital's private key can read.

Usage: scanside audit export --log FOLDER --to FILE

  --log FOLDER   the folder of the log
  --to FILE      the file to make; it must not exist yet
  --help         this text

Nothing is decrypted: the records leave as they are, and "scanside audit verify" proves them where they arrive.
Keep the last checkpoint with it.`;

const options = {
  log: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** `scanside audit export`. */
export const auditExport: Command = {
  summary: 'copies an audit log into a file for the hospital alone',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const path = required('to', values.to);
      const bytes = await exportLog(disk, required('log', values.log), path);
      io.out(`${path}: ${bytes} bytes`);
      return 0;
    }),
};
