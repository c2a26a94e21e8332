// scanside: the commands for whoever makes, measures and ships models.
import process from 'node:process';
import { ScansideError } from '../device/errors.ts';
import type { Command, Io } from './command.ts';
import { groups } from './groups.ts';

const io: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

function listCommands(): string {
  const lines = Object.entries(groups).flatMap(([group, commands]) =>
    Object.entries(commands).map(
      ([name, { summary }]) => `  ${`${group} ${name}`.padEnd(22)}${summary}`,
    ),
  );
  return [
    'Usage: npm run scanside -- GROUP COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'GROUP COMMAND --help says more about one. Exit status: 0 done, 1 failed, 2 wrong arguments, 3 gate missed.',
  ].join('\n');
}

/** Wrong arguments are told apart from a failure by what node:util throws for them. */
function isUsageError(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  );
}

async function runCommand(command: Command, args: string[]): Promise<number> {
  if (args.includes('--help')) {
    io.out(command.usage);
    return 0;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    if (error instanceof ScansideError) {
      io.error(`${error.code}: ${error.message}\n${error.remedy}`);
      return 1;
    }
    if (!isUsageError(error)) throw error;
    io.error(`${error.message}\n\n${command.usage}`);
    return 2;
  }
}

async function main([group = '', name = '', ...args]: string[]): Promise<number> {
  const command = groups[group]?.[name];
  if (command) return runCommand(command, args);
  const asked = ['', '--help', 'help'].includes(group) || name === '--help';
  (asked ? io.out : io.error)(listCommands());
  return asked ? 0 : 2;
}

process.exitCode = await main(process.argv.slice(2));
