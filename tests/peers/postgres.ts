import { chmodSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { findProgram, freePort } from '../outside.ts';
import { runProgram, startProgram, temporaryFolder } from './process.ts';

/** The server's program, which Debian puts on no PATH; a name that is looked for in vain where it is not installed. */
export const postgresProgram = globSync('/usr/lib/postgresql/*/bin/postgres').at(-1) ?? 'postgres';

/** A PostgreSQL server of its own, empty. */
export interface Postgres {
  url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const { path, remove } = temporaryFolder();
  chmodSync(path, 0o777);
  const folder = join(path, 'data');
  const initdb = join(dirname(postgresProgram), 'initdb');
  const begun = await run(initdb, ['-D', folder, '-U', 'fleet', '--auth=trust', '--no-sync']);
  if (begun.code !== 0) throw new Error(begun.output);
  const port = await freePort();
  const settings = ['unix_socket_directories=', 'listen_addresses=127.0.0.1', 'fsync=off'];
  const args = ['-D', folder, '-p', String(port), ...settings.flatMap((each) => ['-c', each])];
  const [program, ...more] = asOrdinaryUser(postgresProgram, args);
  const running = await startProgram(program!, more, (output) =>
    output.includes('ready to accept'),
  );
  return {
    url: `postgres://fleet@127.0.0.1:${port}/postgres`,
    async stop() {
      await running.stop();
      remove();
    },
  };
}

function run(program: string, args: string[]) {
  const [first, ...more] = asOrdinaryUser(program, args);
  return runProgram(first!, more);
}

/** The server refuses to run as root. */
function asOrdinaryUser(program: string, args: string[]): string[] {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return [program, ...args];
  const setpriv = findProgram('setpriv') ?? 'setpriv';
  return [setpriv, '--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args];
}
