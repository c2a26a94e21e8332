import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ScansideError } from '../device/errors.ts';
import { findFault, shortestPassword } from '../device/web/secret-rules.ts';
import { hashText } from '../device/web/secret.ts';
import { type ConsoleRole, consoleRoles } from '../ota/fleet/store/account-store.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { Command, Io } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { choice, readOptions, required, runCommand, UsageError } from './options.ts';
import { alignColumns } from './text-table.ts';

const usage = `Says who may use the fleet's console (\`scanside fleet serve --console\`).

Usage: scanside fleet user add --name NAME --role ROLE [OPTIONS]
       scanside fleet user list [OPTIONS]
       scanside fleet user remove --name NAME [OPTIONS]

  --name NAME       2 to 32 of a-z, 0-9, dot, dash and underline; no person's full name
  --role ROLE       viewer (looks) or operator (pauses, resumes and rolls back as well)
${databaseUsage}

add reads the password from standard input: ${shortestPassword} characters or more. To change a role or a password, remove the
account and add it again; its sessions end with it.`;

const options = {
  ...databaseOptions,
  name: { type: 'string' },
  role: { type: 'string' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;
type Work = (store: FleetStore, values: Values, io: Io) => Promise<void>;

const verbs: Readonly<Record<string, Work>> = { add, list, remove };

/** `scanside fleet user`. */
export const fleetUser: Command = {
  summary: 'says who may use the console',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const [verb = '', ...rest] = args;
      const work = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
      if (!work) throw new UsageError('which is it: add, list or remove?');
      const values = readOptions(rest, options);
      await withStore(values, (store) => work(store, values, io));
      return 0;
    }),
};

async function add({ accounts }: FleetStore, values: Values, io: Io): Promise<void> {
  const name = required('name', values.name);
  const role: ConsoleRole = choice('role', required('role', values.role), consoleRoles);
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  const fault = /^\d*$/.test(password) ? 'password-short' : findFault(password, name);
  if (fault) throw new ScansideError('FLEET_ACCOUNT_REFUSED', faults[fault] ?? fault);
  await accounts.add(name, role, await hashText(password.normalize('NFKC')));
  io.out(values.json ? JSON.stringify({ name, role }) : `${name} is ${role}.`);
}

const faults: Readonly<Record<string, string>> = {
  'password-short': `a password has at least ${shortestPassword} characters, and not digits alone`,
  'password-long': 'the password is too long',
  'password-simple': 'the password is one of those that are tried first',
  'holds-name': 'the password holds the name',
};

async function list({ accounts }: FleetStore, values: Values, io: Io): Promise<void> {
  const all = (await accounts.list()).map(({ name, role }) => ({ name, role }));
  if (values.json) return io.out(JSON.stringify(all));
  if (all.length === 0) return io.out('There is no account: nobody can sign in.');
  io.out(alignColumns([['name', 'role'], ...all.map(({ name, role }) => [name, role])]));
}

async function remove({ accounts }: FleetStore, values: Values, io: Io): Promise<void> {
  const name = required('name', values.name);
  await accounts.remove(name);
  io.out(values.json ? JSON.stringify({ name }) : `${name} is removed; its sessions are over.`);
}
