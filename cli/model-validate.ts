import { systemClock } from '../device/clock.ts';
import { tryBundle } from '../runtime/inference/trial.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Holds a bundle against every rule of the device, in a process that may be lost: schema, files and hashes, graphs, signature,
intervals, then opens it and repeats its golden cases.

Usage: scanside model validate --bundle FOLDER

  --bundle FOLDER   the folder NAME/VERSION of a bundle
  --help            this text

Exit code: 0 it may run, 1 refused, with the name of the rule, 2 called wrongly.`;

const options = { bundle: { type: 'string' }, help: { type: 'boolean' } } as const;

/** `scanside model validate`. */
export const validateCommand: Command = {
  summary: 'holds a bundle against the rules of the device',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const folder = required('bundle', readOptions(args, options).bundle);
      const trial = await tryBundle(folder, systemClock);
      if (trial.accepted) io.out(`${folder} keeps every rule and repeats its golden cases`);
      else io.error(trial.why);
      return trial.accepted ? 0 : 1;
    }),
};
