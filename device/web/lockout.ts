/** How often somebody has failed in a row, and until when they have to wait (monotonic milliseconds). */
export interface Lockout {
  failures: number;
  until: number;
}

export interface LockoutRule {
  /** The failure in a row that makes the first wait; those before cost nothing but the try. */
  tries: number;
  /** Milliseconds after the last failure, or the wait for it, after which all are forgotten. */
  forgetMs: number;
}

/** For one account. */
export const accountRule: LockoutRule = { tries: 5, forgetMs: 24 * 3600_000 };

/** For one address, which many people may share. */
export const addressRule: LockoutRule = { tries: 20, forgetMs: 3600_000 };

const firstWaitMs = 60_000;
const longestWaitMs = 15 * 60_000;

/**
 * After one more failure: the wait begins with the last try of the rule, and every failure after a wait doubles it, up
 * to 15 minutes. It never lasts for ever: whoever knows only a name could keep its owner out.
 */
export function afterFailure(
  before: Lockout | undefined,
  { tries, forgetMs }: LockoutRule,
  now: number,
): Lockout {
  const isFresh = before !== undefined && now - before.until < forgetMs;
  const failures = (isFresh ? before.failures : 0) + 1;
  const beyond = failures - tries;
  const wait = beyond < 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** beyond);
  return { failures, until: now + wait };
}

/** Milliseconds to wait from `now`; 0 where there is nothing to wait for. */
export function waitOf(lockout: Lockout | undefined, now: number): number {
  return Math.max(0, (lockout?.until ?? now) - now);
}

/** Names that are remembered and that nobody made: an attacker's inventions. */
const mostNames = 2048;

/** The lockouts of many names: accounts or addresses. */
export class Lockouts {
  readonly #rule: LockoutRule;
  readonly #isKept: (name: string) => boolean;
  readonly #byName = new Map<string, Lockout>();

  /** `isKept`: never forgotten for want of space, as the accounts that there are. */
  constructor(rule: LockoutRule, isKept: (name: string) => boolean = () => false) {
    this.#rule = rule;
    this.#isKept = isKept;
  }

  /** Milliseconds that `name` has to wait. */
  wait(name: string, now: number): number {
    return waitOf(this.#byName.get(name), now);
  }

  /** Counts a failure; returns whether it has locked. */
  fail(name: string, now: number): boolean {
    const next = afterFailure(this.#byName.get(name), this.#rule, now);
    this.#byName.delete(name);
    this.#byName.set(name, next);
    if (this.#byName.size > mostNames) this.#forgetOldest();
    return next.until > now;
  }

  clear(name: string): void {
    this.#byName.delete(name);
  }

  #forgetOldest(): void {
    const oldest = [...this.#byName.keys()].find((name) => !this.#isKept(name));
    if (oldest !== undefined) this.#byName.delete(oldest);
  }
}
