import { text } from 'node:stream/consumers';
import process from 'node:process';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { AccountError } from '../panel/access/account.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import { findFault } from '../device/web/secret-rules.ts';
import { makePin, type SecretHash } from '../device/web/secret.ts';
import { hashSecret } from '../panel/access/secret.ts';
import { roles, type Role } from '../panel/role.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';
import type { Io } from './command.ts';
import { choice } from './options.ts';

/** Options of every command of the group. */
export const dataOptions = {
  data: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export const dataUsage = `  --data FOLDER   the appliance's data folder; without it the one of the configuration in SCANSIDE_CONFIG`;

export const roleUsage = `technologist, radiologist, field-engineer or administrator`;

/**
 * The accounts of a data folder, whether the appliance runs or not: a running one takes a change over within five
 * seconds. Throws ACCOUNTS_UNUSABLE, ROOT_KEY_MISSING, DATA_FOLDER_UNKNOWN.
 */
export function openAccounts(data: string | undefined): AccountStore {
  const path = process.env['SCANSIDE_CONFIG'] || undefined;
  const folder = data ?? loadConfiguration(path, disk).dataFolder;
  if (!disk.isFolder(folder)) throw new ScansideError('DATA_FOLDER_UNKNOWN', folder);
  const keys = openRootKey(disk, `${folder}/spool`, keyFolderOf(folder));
  const accounts = new AccountStore(disk, keys, accessFolderOf(folder));
  accounts.refresh();
  return accounts;
}

export function readRole(role: string): Role {
  return choice('role', role, roles);
}

/**
 * The secret for an account: from standard input, or a PIN that is made and told once. Throws ACCOUNT_INVALID for one
 * that the panel would not take either.
 */
export async function readSecret(
  { keys }: AccountStore,
  name: string,
  fromInput: boolean | undefined,
  io: Io,
): Promise<SecretHash> {
  const secret = fromInput ? (await text(process.stdin)).replace(/\r?\n$/, '') : makePin();
  const fault = findFault(secret, name);
  if (fault) throw new AccountError(fault);
  const hash = await hashSecret(keys, secret);
  if (!fromInput) io.out(`PIN of ${name}: ${secret} (shown once; change it on the page Account)`);
  return hash;
}
