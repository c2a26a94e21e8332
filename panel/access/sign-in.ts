import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { PanelRecord } from '../record.ts';
import { nameForm, type Account } from './account.ts';
import type { AccountStore } from './account-store.ts';
import { accountRule, addressRule, Lockouts } from '../../device/web/lockout.ts';
import { decoyHash, type SecretHash } from '../../device/web/secret.ts';
import { hashSecret, isSecret } from './secret.ts';

/** What somebody shows to be let in: name and secret, or a badge. */
export type Credentials = { name: string; secret: string } | { badge: string };

/** The form of a badge's number as a reader types it. */
export const badgeForm = /^[\x21-\x7e]{6,64}$/;

/** Secrets that may wait to be checked: one is checked at a time, because each takes a processor and 32 MiB. */
const mostWaiting = 16;

/** What the person is told: never whether there is such a name. */
const codeDetails = {
  SIGN_IN_FAILED: 'name, secret or badge',
  ACCOUNT_LOCKED: 'too many tries in a row',
  TOO_MANY_REQUESTS: 'too many tries from this address',
} as const;

export interface SignInOptions {
  clock: Clock;
  accounts: AccountStore;
  record(record: PanelRecord): void;
}

/** Lets people in. An unknown name costs the same work, waits and answers as a known one. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #decoy = decoyHash();
  readonly #byAccount: Lockouts;
  readonly #byAddress = new Lockouts(addressRule);
  readonly #unlocks = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#byAccount = new Lockouts(
      accountRule,
      (name) => options.accounts.find(name) !== undefined,
    );
  }

  /**
   * The account of whoever shows these credentials. Throws SIGN_IN_FAILED, ACCOUNT_LOCKED or TOO_MANY_REQUESTS, and
   * ACCOUNTS_UNUSABLE.
   */
  enter(credentials: Credentials, address: string): Promise<Account> {
    return this.#inTurn(async () => {
      if (this.#byAddress.wait(address, this.#now()) > 0)
        throw this.#refuse('', address, 'address-locked', 'TOO_MANY_REQUESTS');
      return 'badge' in credentials
        ? this.#enterByBadge(credentials.badge, address)
        : this.#enterByName(credentials.name.trim().toLowerCase(), credentials.secret, address);
    });
  }

  /** Hashes a new secret, in turn with the checks. */
  hash(secret: string): Promise<SecretHash> {
    return this.#inTurn(() => hashSecret(this.#options.accounts.keys, secret));
  }

  async #enterByName(name: string, secret: string, address: string): Promise<Account> {
    const { accounts } = this.#options;
    const key = nameForm.test(name) ? name : '';
    const account = accounts.find(key);
    this.#heedUnlock(account);
    if (this.#byAccount.wait(key, this.#now()) > 0)
      throw this.#refuse(account?.name ?? '', address, 'locked', 'ACCOUNT_LOCKED');
    const isRight = await isSecret(accounts.keys, secret, account?.secret ?? this.#decoy);
    if (account && isRight) return this.#welcome(account);
    const locks = this.#byAccount.fail(key, this.#now());
    this.#byAddress.fail(address, this.#now());
    throw this.#refuse(account?.name ?? '', address, locks ? 'lockout' : 'wrong', 'SIGN_IN_FAILED');
  }

  /** A badge alone is enough for looking and acting at the scanner, never for managing the people who may. */
  #enterByBadge(badge: string, address: string): Account {
    const { accounts } = this.#options;
    const mark = badgeForm.test(badge) ? accounts.identifyBadge(badge) : 'none';
    const account = accounts.accounts.find((each) => each.badge === mark);
    this.#heedUnlock(account);
    if (account && this.#byAccount.wait(account.name, this.#now()) > 0)
      throw this.#refuse(account.name, address, 'locked', 'ACCOUNT_LOCKED');
    if (account && account.role !== 'administrator') return this.#welcome(account);
    this.#byAddress.fail(address, this.#now());
    const reason = account ? 'badge-not-enough' : 'wrong';
    throw this.#refuse(account?.name ?? '', address, reason, 'SIGN_IN_FAILED');
  }

  #welcome(account: Account): Account {
    this.#byAccount.clear(account.name);
    return account;
  }

  /** A field engineer unlocks an account in the file. */
  #heedUnlock(account: Account | undefined): void {
    if (!account) return;
    const before = this.#unlocks.get(account.name) ?? account.unlocks;
    if (before !== account.unlocks) this.#byAccount.clear(account.name);
    this.#unlocks.set(account.name, account.unlocks);
  }

  #refuse(
    user: string,
    address: string,
    reason: string,
    code: keyof typeof codeDetails,
  ): ScansideError {
    this.#options.record({ kind: 'sign-in-failed', user, address, reason });
    return new ScansideError(code, codeDetails[code]);
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= mostWaiting)
      throw new ScansideError('TOO_MANY_REQUESTS', 'too many people sign in at once');
    this.#waiting += 1;
    const before = this.#turn;
    const result = before.then(work, work);
    this.#turn = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
    }
  }
}
