// scanside: the commands for whoever makes models, publishes them, and verifies an audit log.
import process from 'node:process';
import type { Io } from './command.ts';
import { commands, groups } from './groups.ts';

const io: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

function listCommands(): string {
  const grouped = Object.entries(groups).flatMap(([group, each]) =>
    Object.entries(each).map(([name, command]) => [`${group} ${name}`, command] as const),
  );
  const lines = [...grouped, ...Object.entries(commands)].map(
    ([name, { summary }]) => `  ${name.padEnd(22)}${summary}`,
  );
  return [
    'Usage: npm run scanside -- GROUP COMMAND [OPTIONS]',
    '       npm run scanside -- COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'GROUP COMMAND --help says more about one. Exit status: 0 done, 1 failed, 2 wrong arguments, 3 gate missed.',
  ].join('\n');
}

async function main([group = '', name = '', ...args]: string[]): Promise<number> {
  const command = groups[group]?.[name];
  if (command) return command.run(args, io);
  const single = commands[group];
  if (single) return single.run(name === '' ? args : [name, ...args], io);
  const asked = ['', '--help', 'help'].includes(group) || name === '--help';
  (asked ? io.out : io.error)(listCommands());
  return asked ? 0 : 2;
}

process.exitCode = await main(process.argv.slice(2));
