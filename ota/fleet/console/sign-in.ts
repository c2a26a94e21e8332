import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { accountRule, addressRule, Lockouts } from '../../../device/web/lockout.ts';
import { decoyHash, isText } from '../../../device/web/secret.ts';
import { accountNameForm, type AccountStore, type ConsoleAccount } from '../store/account-store.ts';

/** Secrets that may wait to be checked: one is checked at a time, because each takes a processor and 32 MiB. */
const mostWaiting = 16;

/** Lets people into the console. An unknown name costs the same work, waits and answers as a known one. */
export class ConsoleSignIn {
  readonly #accounts: AccountStore;
  readonly #clock: Clock;
  readonly #decoy = decoyHash();
  readonly #byName = new Lockouts(accountRule);
  readonly #byAddress = new Lockouts(addressRule);
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(accounts: AccountStore, clock: Clock) {
    this.#accounts = accounts;
    this.#clock = clock;
  }

  /** The account of whoever shows this name and secret. Throws SIGN_IN_FAILED, ACCOUNT_LOCKED, TOO_MANY_REQUESTS. */
  async enter(name: string, secret: string, address: string): Promise<ConsoleAccount> {
    if (this.#waiting >= mostWaiting)
      throw new ScansideError('TOO_MANY_REQUESTS', 'too many people sign in at once');
    this.#waiting += 1;
    const result = this.#turn.then(() => this.#enter(name.trim().toLowerCase(), secret, address));
    this.#turn = result.catch(() => undefined);
    return result.finally(() => (this.#waiting -= 1));
  }

  async #enter(name: string, secret: string, address: string): Promise<ConsoleAccount> {
    const now = this.#clock.monotonic();
    const key = accountNameForm.test(name) ? name : '';
    if (this.#byAddress.wait(address, now) > 0)
      throw new ScansideError('TOO_MANY_REQUESTS', 'too many tries from this address');
    if (this.#byName.wait(key, now) > 0)
      throw new ScansideError('ACCOUNT_LOCKED', 'too many tries in a row');
    const account = await this.#accounts.find(key);
    const isRight = await isText(secret.normalize('NFKC'), account?.secret ?? this.#decoy);
    if (account && isRight) {
      this.#byName.clear(key);
      return account;
    }
    this.#byName.fail(key, now);
    this.#byAddress.fail(address, now);
    throw new ScansideError('SIGN_IN_FAILED', 'name or password');
  }
}
