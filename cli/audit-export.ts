import { exportLog } from '../audit/export.ts';
import { disk } from '../device/files.ts';
import { readTime } from './audit-request.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Copies an audit log into one file that only the hospital's private key can read.

Usage: scanside audit export --log FOLDER --out FILE [--from TIME] [--to TIME]

  --log FOLDER   the folder of the log
  --out FILE     the file to make; it must not exist yet
  --from TIME    only segments with records from then on: UTC, such as 2027-01-15 or 2027-01-15T08:30:00Z
  --to TIME      only segments with records up to then
  --help         this text

Segments are copied whole, so that a span may begin a little earlier and end a little later than was asked for. An export
that does not begin with the first segment is verified with --partial.

Nothing is decrypted: the records leave as they are, and "scanside audit verify" proves them where they arrive.
Keep the last checkpoint with it.`;

const options = {
  log: { type: 'string' },
  out: { type: 'string' },
  from: { type: 'string' },
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
      const folder = required('log', values.log);
      const path = required('out', values.out);
      const span = { from: readTime('from', values.from), to: readTime('to', values.to) };
      const bytes = await exportLog(disk, folder, path, span);
      io.out(`${path}: ${bytes} bytes`);
      return 0;
    }),
};
