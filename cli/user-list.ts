import type { Command } from './command.ts';
import { readOptions, runCommand } from './options.ts';
import { dataOptions, dataUsage, openAccounts } from './user-request.ts';

const usage = `Lists the accounts of the panel.

Usage: scanside user list [--data FOLDER]

${dataUsage}
  --help          this text`;

/** `scanside user list`. */
export const userList: Command = {
  summary: 'lists the accounts of the panel',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const { accounts } = openAccounts(readOptions(args, dataOptions).data);
      for (const { name, role, badge, displayName } of accounts)
        io.out(
          `${name.padEnd(32)} ${role.padEnd(14)} ${badge ? 'badge' : '     '} ${displayName}`.trimEnd(),
        );
      if (accounts.length === 0)
        io.out('There is no account: open the panel with the setup code of its log.');
      return 0;
    }),
};
