import { addAccount, makeAccount } from '../panel/access/account.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';
import {
  dataOptions,
  dataUsage,
  openAccounts,
  readRole,
  readSecret,
  roleUsage,
} from './user-request.ts';

const usage = `Makes an account for the panel.

Usage: scanside user add --name NAME --role ROLE [OPTIONS]

  --name NAME     a short code, 2 to 32 of a-z, 0-9, dot, dash and underline; no person's full name
  --role ROLE     ${roleUsage}
  --shown TEXT    what the panel shows beside the name
  --secret-stdin  takes the PIN or password from standard input; without it a PIN is made and printed once
${dataUsage}
  --help          this text

A PIN has 6 digits or more and is no date or row; a password has 12 characters or more.`;

const options = {
  ...dataOptions,
  name: { type: 'string' },
  role: { type: 'string' },
  shown: { type: 'string', default: '' },
  'secret-stdin': { type: 'boolean' },
} as const;

/** `scanside user add`. */
export const userAdd: Command = {
  summary: 'makes an account for the panel',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const name = required('name', values.name);
      const role = readRole(required('role', values.role));
      const blank = { n: 0, r: 0, p: 0, salt: '', key: '' };
      const account = makeAccount(name, values.shown, role, blank);
      const accounts = openAccounts(values.data);
      addAccount(accounts.accounts, account);
      const secret = await readSecret(accounts, name, values['secret-stdin'], io);
      accounts.change((all) => addAccount(all, { ...account, secret }));
      io.out(`${name} is ${role}.`);
      return 0;
    }),
};
