import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../device/clock.ts';
import type { Role } from '../role.ts';
import type { Account } from './account.ts';

/** Why a session is over. */
export type SessionEnd = 'asked-for' | 'expired' | 'switched' | 'removed';

/** Somebody who has signed in. */
export interface Session {
  /** Names it among the others; no secret. */
  readonly id: string;
  readonly user: string;
  readonly displayName: string;
  readonly role: Role;
  /** Of the account when it signed in; undefined for somebody for whom the site's identity provider vouches. */
  readonly version: string | undefined;
  /** Address that it was begun from. */
  readonly address: string;
  /** What a form of ours bears and no other site knows. */
  readonly csrf: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  usedAt: number;
}

export interface SessionLimits {
  /** Milliseconds without a request, and in all. */
  idleMs: number;
  totalMs: number;
}

/** Whoever may begin a session. */
export interface Entrant extends Pick<Account, 'name' | 'displayName' | 'role'> {
  version: string | undefined;
}

/** Sessions of one account at the same time; the one that was used least recently makes room. */
const mostOfOne = 16;

/** The sessions of this run of the panel. Only the hashes of their tokens are kept, and nothing on the disk. */
export class Sessions {
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #ended: (session: Session, end: SessionEnd) => void;
  readonly #open = new Map<string, Session>();

  constructor(
    clock: Clock,
    limits: SessionLimits,
    ended: (session: Session, end: SessionEnd) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#ended = ended;
  }

  /** Begins a session; the token goes to the browser and nowhere else. */
  start(
    { name, displayName, role, version }: Entrant,
    address: string,
  ): {
    token: string;
    session: Session;
  } {
    this.#makeRoom(name);
    const token = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    const now = this.#clock.monotonic();
    const who = { user: name, displayName, role, version, address };
    const session = { id: hashOf(token), ...who, csrf, startedAt: now, usedAt: now };
    this.#open.set(session.id, session);
    return { token, session };
  }

  /** The session of a token, which is used by that; undefined where there is none or it is over. */
  use(token: string): Session | undefined {
    const session = this.#open.get(hashOf(token));
    if (!session) return undefined;
    const now = this.#clock.monotonic();
    if (this.#isOver(session, now)) {
      this.end(session, 'expired');
      return undefined;
    }
    session.usedAt = now;
    return session;
  }

  end(session: Session, end: SessionEnd): void {
    if (this.#open.delete(session.id)) this.#ended(session, end);
  }

  /** Ends what has lasted too long and what its account no longer bears. */
  sweep(accounts: readonly Account[]): void {
    const now = this.#clock.monotonic();
    const versions = new Map(accounts.map(({ name, version }) => [name, version]));
    for (const session of this.#open.values()) {
      const isKept =
        session.version === undefined || versions.get(session.user) === session.version;
      if (!isKept) this.end(session, 'removed');
      else if (this.#isOver(session, now)) this.end(session, 'expired');
    }
  }

  get count(): number {
    return this.#open.size;
  }

  #isOver({ startedAt, usedAt }: Session, now: number): boolean {
    return now - usedAt >= this.#limits.idleMs || now - startedAt >= this.#limits.totalMs;
  }

  #makeRoom(user: string): void {
    const own = [...this.#open.values()].filter((session) => session.user === user);
    const [oldest] = own.toSorted((a, b) => a.usedAt - b.usedAt);
    if (oldest && own.length >= mostOfOne) this.end(oldest, 'expired');
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
