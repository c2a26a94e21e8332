import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { roles, type Role } from '../role.ts';
import type { SecretFault } from '../../device/web/secret-rules.ts';
import { secretHash, type SecretHash } from '../../device/web/secret.ts';

/** Short codes, so that no person's name has to be one: 2 to 32 of a-z, 0-9, dot, dash and underline. */
export const nameForm = /^[a-z0-9][a-z0-9._-]{1,31}$/;

/** Names of people for whom the site's identity provider vouches begin so; no account's does. */
export const reservedPrefix = 'sso-';

/** An account as it is kept. */
export const account = z.strictObject({
  name: z.string().regex(nameForm),
  /** Shown beside the name, or empty. */
  displayName: z.string().max(64),
  role: z.enum(roles),
  secret: secretHash,
  /** What stands for the badge's number, or empty. */
  badge: z.string().max(64),
  /** Changes with the role and the secret: a session of another version is over. */
  version: z.string().min(1).max(32),
  /** How often it was unlocked by hand: a lockout of an earlier count is over. */
  unlocks: z.int().min(0),
});

export type Account = z.infer<typeof account>;

/** What is wrong with what was asked for; the panel words it. */
export type AccountFault =
  | SecretFault
  | 'name-form'
  | 'name-taken'
  | 'display-name'
  | 'role'
  | 'badge-form'
  | 'badge-taken'
  | 'badge-administrator'
  | 'too-many'
  | 'last-administrator';

/** ACCOUNT_INVALID, with what is wrong. */
export class AccountError extends ScansideError {
  readonly fault: AccountFault;

  constructor(fault: AccountFault) {
    super('ACCOUNT_INVALID', fault);
    this.fault = fault;
  }
}

/** More than a department has people. */
const mostAccounts = 500;
export const longestDisplayName = 64;

/** A new account. Throws ACCOUNT_INVALID for a name that cannot be one. */
export function makeAccount(
  name: string,
  displayName: string,
  role: Role,
  secret: SecretHash,
): Account {
  if (!nameForm.test(name) || name.startsWith(reservedPrefix)) throw new AccountError('name-form');
  const shown = displayName.normalize('NFC').replaceAll(/\p{C}/gu, '').trim();
  if (shown.length > longestDisplayName) throw new AccountError('display-name');
  return { name, displayName: shown, role, secret, badge: '', version: newVersion(), unlocks: 0 };
}

/** Throws ACCOUNT_INVALID where the name is taken or there are too many. */
export function addAccount(accounts: readonly Account[], added: Account): Account[] {
  if (accounts.some(({ name }) => name === added.name)) throw new AccountError('name-taken');
  if (accounts.length >= mostAccounts) throw new AccountError('too-many');
  return [...accounts, added].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What may be changed of an account. */
export type AccountChange = Partial<Pick<Account, 'displayName' | 'role' | 'secret' | 'badge'>>;

/** Throws ACCOUNT_UNKNOWN, and ACCOUNT_INVALID for a badge of somebody else or the last administrator. */
export function changeAccount(
  accounts: readonly Account[],
  name: string,
  change: AccountChange,
): Account[] {
  const { badge } = change;
  if (badge && accounts.some((each) => each.badge === badge && each.name !== name))
    throw new AccountError('badge-taken');
  const ends = change.role !== undefined || change.secret !== undefined;
  const changed = { ...find(accounts, name), ...change, ...(ends && { version: newVersion() }) };
  const after = accounts.map((each) => (each.name === name ? changed : each));
  return keepAdministrator(accounts, after);
}

/** Throws ACCOUNT_UNKNOWN, and ACCOUNT_INVALID for the last administrator. */
export function removeAccount(accounts: readonly Account[], name: string): Account[] {
  find(accounts, name);
  return keepAdministrator(
    accounts,
    accounts.filter((each) => each.name !== name),
  );
}

/** Throws ACCOUNT_UNKNOWN. */
export function unlockAccount(accounts: readonly Account[], name: string): Account[] {
  const found = find(accounts, name);
  const unlocked = { ...found, unlocks: found.unlocks + 1 };
  return accounts.map((each) => (each === found ? unlocked : each));
}

function find(accounts: readonly Account[], name: string): Account {
  const found = accounts.find((each) => each.name === name);
  if (found) return found;
  throw new ScansideError('ACCOUNT_UNKNOWN', nameForm.test(name) ? name : 'no such name');
}

/** What has changed between two states of the accounts: whose, and what, in the words of the audit log. */
export function changesBetween(
  before: readonly Account[],
  after: readonly Account[],
): { user: string; item: string }[] {
  const old = new Map(before.map((each) => [each.name, each]));
  const now = new Set(after.map(({ name }) => name));
  const removed = before.filter(({ name }) => !now.has(name));
  return [
    ...removed.map(({ name }) => ({ user: name, item: 'removed' })),
    ...after.flatMap((each) => changesOf(old.get(each.name), each)),
  ];
}

function changesOf(before: Account | undefined, after: Account): { user: string; item: string }[] {
  if (!before) return [{ user: after.name, item: 'created' }];
  const items = {
    role: before.role !== after.role,
    secret: before.secret.key !== after.secret.key,
    badge: before.badge !== after.badge,
    unlocked: before.unlocks !== after.unlocks,
  };
  const changed = Object.entries(items).filter(([, isOther]) => isOther);
  return changed.map(([item]) => ({ user: after.name, item }));
}

/** Without one nobody could make or unlock accounts any more. */
function keepAdministrator(before: readonly Account[], after: Account[]): Account[] {
  const hasOne = (accounts: readonly Account[]) =>
    accounts.some(({ role }) => role === 'administrator');
  if (hasOne(after) || !hasOne(before)) return after;
  throw new AccountError('last-administrator');
}

function newVersion(): string {
  return randomBytes(8).toString('hex');
}
