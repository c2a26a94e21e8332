import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { addAccount, changeAccount, makeAccount } from '../panel/access/account.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import { makePin } from '../device/web/secret.ts';
import { hashSecret } from '../panel/access/secret.ts';
import { roles, type Role } from '../panel/role.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';

/** Somebody who may try the demonstration's panel. */
export interface DemoAccount {
  name: Role;
  pin: string;
}

/** Makes an account for each role in a data folder, called like it; where there is one, it gets a new PIN. */
export async function makeDemoAccounts(files: Files, dataFolder: string): Promise<DemoAccount[]> {
  const keys = openRootKey(files, join(dataFolder, 'spool'), keyFolderOf(dataFolder));
  const accounts = new AccountStore(files, keys, accessFolderOf(dataFolder));
  const made: DemoAccount[] = [];
  for (const role of roles) {
    const pin = makePin();
    const secret = await hashSecret(keys, pin);
    accounts.change((all) =>
      accounts.find(role)
        ? changeAccount(all, role, { secret })
        : addAccount(all, makeAccount(role, '', role, secret)),
    );
    made.push({ name: role, pin });
  }
  return made;
}
