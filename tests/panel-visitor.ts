import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { disk } from '../device/files.ts';
import { keyFolderOf, keysOf, openKeyFile } from '../device/keys.ts';
import { makeAccount } from '../panel/access/account.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import { hashSecret } from '../panel/access/secret.ts';
import { roles, type Role } from '../panel/role.ts';
import { temporaryFolder } from './peers/process.ts';

/** PIN of every account of a test. */
export const testPin = '482135';

/** Cheap, so that a test signs in at once; the appliance takes thirty times as much. */
const cheap = { n: 1024, r: 8, p: 1 };

/** Accounts in a folder of their own, none of them made yet. `remove` takes the folder away. */
export function makeAccountStore(): { accounts: AccountStore; folder: string; remove: () => void } {
  const { path, remove } = temporaryFolder();
  const folder = join(path, 'access');
  return { accounts: new AccountStore(disk, keysOf(randomBytes(32)), folder), folder, remove };
}

/** The accounts of an appliance's data folder, whether it runs or not. */
export function openAccounts(dataFolder: string): AccountStore {
  const keys = openKeyFile(disk, keyFolderOf(dataFolder));
  return new AccountStore(disk, keys, accessFolderOf(dataFolder));
}

/** Makes an account for each role, called like it, with `testPin`. */
export async function fillAccounts(accounts: AccountStore): Promise<void> {
  const secret = await hashSecret(accounts.keys, testPin, cheap);
  accounts.change(() => roles.map((role) => makeAccount(role, '', role, secret)));
}

/** Accounts of every role. They lie in a temporary folder until the process ends. */
export async function sampleAccounts(): Promise<AccountStore> {
  const { accounts, remove } = makeAccountStore();
  process.once('exit', remove);
  await fillAccounts(accounts);
  return accounts;
}

/** Somebody who has signed in. */
export interface Visitor {
  user: string;
  /** Header `Cookie` and the token that goes with whatever changes something. */
  cookie: string;
  csrf: string;
  /** Asks with cookie, token and origin; headers of `init` go before them. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Posts JSON. */
  post(path: string, body?: unknown): Promise<Response>;
}

/** Signs in at a panel with an account of `sampleAccounts`, or another. */
export async function visit(
  panel: { url: string },
  role: Role = 'technologist',
  { user = role, secret = testPin }: { user?: string; secret?: string } = {},
): Promise<Visitor> {
  const { origin } = new URL(panel.url);
  const answer = await fetch(new URL('/sign-in', panel.url), {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ name: user, secret }),
  });
  if (!answer.ok) throw new Error(`sign-in of ${user}: ${await answer.text()}`);
  const { csrf } = (await answer.json()) as { csrf: string };
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const ask = (path: string, init: RequestInit = {}) => {
    const own = { cookie, origin, 'x-scanside-csrf': csrf };
    const headers = { ...own, ...(init.headers as Record<string, string> | undefined) };
    return fetch(new URL(path, panel.url), { redirect: 'manual', ...init, headers });
  };
  const post = (path: string, body: unknown = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { user, cookie, csrf, fetch: ask, post };
}
