import {
  changeAccount,
  removeAccount,
  unlockAccount,
  type Account,
} from '../panel/access/account.ts';
import type { AccountStore } from '../panel/access/account-store.ts';
import type { Command, Io } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';
import {
  dataOptions,
  dataUsage,
  openAccounts,
  readRole,
  readSecret,
  roleUsage,
} from './user-request.ts';

const options = {
  ...dataOptions,
  name: { type: 'string' },
  role: { type: 'string' },
  'secret-stdin': { type: 'boolean' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;
type Edit = (accounts: readonly Account[]) => Account[];

interface Change {
  summary: string;
  /** What stands after the name on the command line, and what of it is to be said. */
  takes: string;
  says: string;
  done: string;
  edit(name: string, values: Values, accounts: AccountStore, io: Io): Promise<Edit> | Edit;
}

const role: Change = {
  summary: 'gives an account another role',
  takes: ' --role ROLE',
  says: `  --role ROLE     ${roleUsage}\n`,
  done: 'has another role; its sessions are over.',
  edit(name, values) {
    const change = { role: readRole(required('role', values.role)) };
    return (all) => changeAccount(all, name, change);
  },
};

const reset: Change = {
  summary: 'sets another PIN or password',
  takes: ' [--secret-stdin]',
  says: '  --secret-stdin  takes it from standard input; without it a PIN is made and printed once\n',
  done: 'has another PIN or password; its sessions are over.',
  async edit(name, values, accounts, io) {
    changeAccount(accounts.accounts, name, {});
    const secret = await readSecret(accounts, name, values['secret-stdin'], io);
    return (all) => changeAccount(all, name, { secret });
  },
};

const remove: Change = {
  summary: 'removes an account',
  takes: '',
  says: '',
  done: 'is removed; its sessions are over.',
  edit: (name) => (all) => removeAccount(all, name),
};

const unlock: Change = {
  summary: 'lets an account sign in again at once after failures',
  takes: '',
  says: '',
  done: 'is unlocked.',
  edit: (name) => (all) => unlockAccount(all, name),
};

function commandOf(verb: string, { summary, takes, says, done, edit }: Change): Command {
  const usage = `${summary[0]?.toUpperCase()}${summary.slice(1)}.

Usage: scanside user ${verb} --name NAME${takes} [--data FOLDER]

  --name NAME     the account
${says}${dataUsage}
  --help          this text

A running appliance takes the change over within five seconds.`;
  return {
    summary,
    usage,
    run: (args, io) =>
      runCommand(args, usage, io, async () => {
        const values = readOptions(args, options);
        const name = required('name', values.name);
        const accounts = openAccounts(values.data);
        accounts.change(await edit(name, values, accounts, io));
        io.out(`${name} ${done}`);
        return 0;
      }),
  };
}

export const userRole = commandOf('role', role);
export const userReset = commandOf('reset', reset);
export const userRemove = commandOf('remove', remove);
export const userUnlock = commandOf('unlock', unlock);
