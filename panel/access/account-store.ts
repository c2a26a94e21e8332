import { join } from 'node:path';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { WrappedKey } from '../../device/wrapped-key.ts';
import { account, type Account } from './account.ts';
import { openContent, sealContent } from '../../device/sealed-content.ts';

const fileForm = /^accounts-(\d{9})$/;

/** Says that there have been accounts, so that their file cannot be lost unseen. */
const marker = 'in-use';

const content = z.strictObject({ accounts: z.array(account) });

/** Where the accounts of a data folder lie. */
export function accessFolderOf(dataFolder: string): string {
  return join(dataFolder, 'access');
}

/**
 * The accounts in a sealed file. Every change makes a file with the next number, which only one writer can create, so
 * that the appliance and a command may change accounts at the same time and neither loses the other's change.
 */
export class AccountStore {
  /** What secrets are bound to. */
  readonly keys: Keys;
  readonly #files: Files;
  readonly #folder: string;
  #number = 0;
  #accounts: readonly Account[] = [];
  #fault: ScansideError | undefined;
  #heed: ((before: readonly Account[], after: readonly Account[]) => void) | undefined;

  /** A store whose file cannot be read says so when it is asked for accounts: the rest of the appliance goes on. */
  constructor(files: Files, keys: Keys, folder: string) {
    this.#files = files;
    this.keys = keys;
    this.#folder = folder;
    try {
      this.refresh();
    } catch (error) {
      if (!(error instanceof ScansideError)) throw error;
      this.#fault = error;
    }
  }

  /** Every account, by name. Throws ACCOUNTS_UNUSABLE where the file is lost or damaged. */
  get accounts(): readonly Account[] {
    if (this.#fault) throw this.#fault;
    return this.#accounts;
  }

  find(name: string): Account | undefined {
    return this.accounts.find((each) => each.name === name);
  }

  /** Has `heed` called when somebody else has changed the accounts. */
  onForeignChange(heed: (before: readonly Account[], after: readonly Account[]) => void): void {
    this.#heed = heed;
  }

  /** What stands for a badge's number. */
  identifyBadge(badge: string): string {
    return this.keys.identify('panel badge', badge);
  }

  /** Takes over what somebody else has written; returns whether there was anything. Throws ACCOUNTS_UNUSABLE. */
  refresh(): boolean {
    const number = this.#newest();
    if (number === this.#number && !this.#fault) return false;
    const before = this.#accounts;
    this.#accounts = number === 0 ? [] : this.#readNewest(number);
    this.#fault = undefined;
    this.#heed?.(before, this.#accounts);
    return true;
  }

  /** Keeps what `edit` makes of the accounts; what it throws changes nothing. Throws ACCOUNTS_UNUSABLE. */
  change(edit: (accounts: readonly Account[]) => Account[]): void {
    for (;;) {
      this.refresh();
      const accounts = edit(this.accounts);
      if (this.#write(this.#number + 1, accounts)) {
        this.#accounts = accounts;
        this.#number += 1;
        return this.#removeOlder();
      }
    }
  }

  #newest(): number {
    const names = this.#files.list(this.#folder);
    const newest = Math.max(0, ...names.map((name) => Number(fileForm.exec(name)?.[1] ?? 0)));
    if (newest === 0 && names.includes(marker))
      throw new ScansideError('ACCOUNTS_UNUSABLE', `${this.#folder} has lost its accounts`);
    return newest;
  }

  /** Another writer removes the file that it has replaced, perhaps before it could be read. */
  #readNewest(number: number): Account[] {
    try {
      const accounts = this.#read(number);
      this.#number = number;
      return accounts;
    } catch (error) {
      const newer = this.#newest();
      if (newer > number) return this.#readNewest(newer);
      throw error;
    }
  }

  #read(number: number): Account[] {
    const path = this.#path(number);
    try {
      const bytes = openContent(this.keys, purposeOf(number), this.#files.readBytes(path));
      return content.parse(JSON.parse(bytes.toString())).accounts;
    } catch (cause) {
      throw new ScansideError('ACCOUNTS_UNUSABLE', `${path} is not as it was written`, { cause });
    }
  }

  #write(number: number, accounts: readonly Account[]): boolean {
    this.#files.makeFolder(this.#folder);
    const bytes = Buffer.from(JSON.stringify({ accounts }));
    const sealed = sealContent(this.keys, purposeOf(number), bytes);
    const written = this.#files.createWhole(this.#path(number), sealed);
    if (written) this.#files.createWhole(join(this.#folder, marker), Buffer.alloc(0));
    return written;
  }

  #removeOlder(): void {
    for (const name of this.#files.list(this.#folder))
      if (Number(fileForm.exec(name)?.[1] ?? this.#number) < this.#number)
        this.#files.remove(join(this.#folder, name));
  }

  #path(number: number): string {
    return join(this.#folder, `accounts-${String(number).padStart(9, '0')}`);
  }
}

/** The key of the accounts. */
export function accountKeysIn(files: Files, folder: string): WrappedKey[] {
  return files
    .list(folder)
    .map((name) => [name, fileForm.exec(name)?.[1]] as const)
    .filter(([, number]) => number !== undefined)
    .map(([name, number]) => ({ path: join(folder, name), purpose: purposeOf(Number(number)) }));
}

/** The number is part of it: an older file under a newer name cannot be opened. */
function purposeOf(number: number): string {
  return `panel accounts ${number}`;
}
