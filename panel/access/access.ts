import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError, type ErrorCode } from '../../device/errors.ts';
import type { PanelRecord } from '../record.ts';
import { actorOf } from '../actor.ts';
import { changesBetween } from './account.ts';
import type { AccountStore } from './account-store.ts';
import { cookieName, readCookie, sessionCookie } from '../../device/web/cookie.ts';
import { parseForm, readFields, type Fields } from '../../device/web/form-body.ts';
import { askerOf, isOwnAsker, isReading } from '../../device/web/origin.ts';
import { isAllowed, type RoutePermission } from './permissions.ts';
import { Sessions, type Entrant, type Session, type SessionEnd } from './sessions.ts';
import { SetupCode } from './setup-code.ts';
import { SignIn } from './sign-in.ts';
import { RateLimit, type Rate } from '../../device/web/token-bucket.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask; a route that names nobody is refused. */
    permission?: RoutePermission;
  }
  interface FastifyRequest {
    /** Who asks; undefined only on a public route. */
    session: Session | undefined;
  }
}

export interface AccessOptions {
  clock: Clock;
  accounts: AccountStore;
  /** Minutes without a request, and hours in all, after which a session ends. */
  sessionIdleMinutes: number;
  sessionHours: number;
  /** Whether the panel is served over HTTPS. */
  isSecure: boolean;
  record(record: PanelRecord): Promise<void>;
  /** A session is over: what outlives its requests has to end too. */
  ended(sessionId: string): void;
  log(level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>): void;
  rates?: Partial<Rates> | undefined;
}

/** How often one address may ask. */
export interface Rates {
  requests: Rate;
  /** Signing in, setting up, changing a secret. */
  secrets: Rate;
  /** Refusals that are recorded; the audit log must not be filled from outside. */
  refusals: Rate;
}

const usualRates: Rates = {
  requests: { burst: 600, perSecond: 100 },
  secrets: { burst: 30, perSecond: 0.5 },
  refusals: { burst: 20, perSecond: 0.1 },
};

/** Milliseconds between looks at the accounts and at sessions that are over. */
const sweepEvery = 5_000;

/** Who changes accounts without the panel: whoever can read the device's root key. */
const commandLine = { user: 'command-line', role: 'field-engineer', address: '' } as const;

/** Header and form field in which a page of ours proves that it is one. */
export const csrfHeader = 'x-scanside-csrf';
export const csrfField = 'csrf';

/** Why a request was refused, for the audit log. */
type Refusal = 'session' | 'role' | 'origin' | 'form' | 'rate' | 'route' | 'accounts';

/** A route of the panel and who may ask it; undefined for one that is refused to everybody. */
export interface GuardedRoute {
  method: string;
  url: string;
  permission: RoutePermission | undefined;
}

/** Decides, for every request, who may ask. */
export class Access {
  /** Every route that it guards. */
  readonly routes: GuardedRoute[] = [];
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly setupCode: SetupCode;
  readonly #options: AccessOptions;
  readonly #limits: Record<keyof Rates, RateLimit>;
  #cancelSweep: Cancel;

  constructor(options: AccessOptions) {
    const { clock, sessionIdleMinutes, sessionHours } = options;
    this.#options = options;
    const limits = { idleMs: sessionIdleMinutes * 60_000, totalMs: sessionHours * 3600_000 };
    this.sessions = new Sessions(clock, limits, (session, end) => this.#tellEnd(session, end));
    this.signIn = new SignIn({ ...options, record: (record) => this.record(record) });
    this.setupCode = new SetupCode(() => this.isSetUp);
    const rates = { ...usualRates, ...options.rates };
    this.#limits = {
      requests: new RateLimit(rates.requests),
      secrets: new RateLimit(rates.secrets),
      refusals: new RateLimit(rates.refusals),
    };
    this.#cancelSweep = clock.after(sweepEvery, () => this.#sweep());
    this.accounts.onForeignChange((before, after) => {
      for (const change of changesBetween(before, after))
        this.record({ kind: 'user-changed', actor: commandLine, ...change });
    });
    this.#announce();
  }

  get accounts(): AccountStore {
    return this.#options.accounts;
  }

  get isSecure(): boolean {
    return this.#options.isSecure;
  }

  /** Whether there is an account. Throws ACCOUNTS_UNUSABLE. */
  get isSetUp(): boolean {
    return this.accounts.accounts.length > 0;
  }

  /** Throws where this request may not go on; a public one may, with the session that it bears or without. */
  check(request: FastifyRequest): void {
    const { permission } = request.routeOptions.config;
    request.session = this.#findSession(request);
    if (!this.#limits.requests.allows(request.ip, this.#now()))
      throw this.refuse(
        request,
        'rate',
        'TOO_MANY_REQUESTS',
        'too many requests from this address',
      );
    if (!isOwnAsker(askerOf(request), this.isSecure ? 'https' : 'http'))
      throw this.refuse(request, 'origin', 'ORIGIN_REFUSED', 'another site asked');
    if (permission === undefined && !request.is404)
      throw this.refuse(request, 'route', 'PERMISSION_DENIED', 'the route is open to nobody');
    if (permission !== 'public') this.#checkSession(request, permission ?? 'own-account');
  }

  /** A form without the script’s header proves itself by a field. Throws FORM_EXPIRED or FORM_INVALID. */
  checkForm(request: FastifyRequest): void {
    const { session } = request;
    const isOpen = request.routeOptions.config.permission === 'public';
    if (isReading(request.method) || isOpen || !session) return;
    const shown = request.headers[csrfHeader] ?? readFields(request.body)?.[csrfField];
    if (shown !== session.csrf)
      throw this.refuse(request, 'form', 'FORM_EXPIRED', 'the page is of another session');
  }

  /** The fields of a form or of a JSON body. Throws FORM_INVALID. */
  fields(request: FastifyRequest): Fields {
    const fields = readFields(request.body ?? {});
    if (fields) return fields;
    throw this.refuse(request, 'form', 'FORM_INVALID', 'the fields are not those of a form');
  }

  /** Throws TOO_MANY_REQUESTS where this address has tried too many secrets. */
  limitSecrets(request: FastifyRequest): void {
    if (!this.#limits.secrets.allows(request.ip, this.#now()))
      throw this.refuse(request, 'rate', 'TOO_MANY_REQUESTS', 'too many tries from this address');
  }

  /** Begins a session in place of the one that the request bears, with a new token. */
  begin(request: FastifyRequest, reply: FastifyReply, account: Entrant): Session {
    const { session: before } = request;
    if (before) this.sessions.end(before, 'switched');
    const { token, session } = this.sessions.start(account, request.ip);
    request.session = session;
    reply.header('set-cookie', sessionCookie(token, this.isSecure));
    this.record({ kind: 'signed-in', actor: actorOf(request) });
    return session;
  }

  /** Ends the session of the request on the server, and has the browser forget what it has of the panel. */
  leave(request: FastifyRequest, reply: FastifyReply): void {
    if (request.session) this.sessions.end(request.session, 'asked-for');
    reply.header('set-cookie', sessionCookie('', this.isSecure));
    reply.header('clear-site-data', '"cache", "storage"');
  }

  /** Ends at once the sessions of accounts that have changed. */
  heedAccounts(): void {
    this.sessions.sweep(this.accounts.accounts);
  }

  /** Has something recorded. The panel goes on where that fails, and says so. */
  record(record: PanelRecord): void {
    this.#options.record(record).catch((error: unknown) => {
      this.#options.log('error', 'not recorded', { kind: record.kind, error: String(error) });
    });
  }

  /** Records that an address sent what is no request. */
  refuseBroken(address: string): void {
    if (this.#limits.refusals.allows(address, this.#now()))
      this.record({ kind: 'refused', user: '', role: '', address, reason: 'form', item: 'broken' });
  }

  /** Records the refusal of a request, as often as the address may fill the log, and returns the error to throw. */
  refuse(request: FastifyRequest, reason: Refusal, code: ErrorCode, detail: string): ScansideError {
    if (this.#limits.refusals.allows(request.ip, this.#now()))
      this.record({
        kind: 'refused',
        user: request.session?.user ?? '',
        role: request.session?.role ?? '',
        address: request.ip,
        reason,
        item: `${request.method} ${request.is404 ? 'unknown' : (request.routeOptions.url ?? '')}`,
      });
    return new ScansideError(code, detail);
  }

  close(): void {
    this.#cancelSweep();
  }

  #findSession({ headers: { cookie } }: FastifyRequest): Session | undefined {
    const token = readCookie(cookie, cookieName(this.isSecure));
    return token === undefined ? undefined : this.sessions.use(token);
  }

  #checkSession(request: FastifyRequest, permission: Exclude<RoutePermission, 'public'>): void {
    const { session } = request;
    if (!this.isSetUp) throw this.refuse(request, 'session', 'SETUP_NEEDED', 'there is no account');
    if (!session) throw this.refuse(request, 'session', 'SIGN_IN_NEEDED', 'nobody is signed in');
    if (!isAllowed(session.role, permission))
      throw this.refuse(request, 'role', 'PERMISSION_DENIED', `${session.role}: ${permission}`);
  }

  #tellEnd({ id, user, role, address }: Session, reason: SessionEnd): void {
    this.#options.ended(id);
    this.record({ kind: 'signed-out', actor: { user, role, address }, reason });
  }

  #sweep(): void {
    this.#cancelSweep = this.#options.clock.after(sweepEvery, () => this.#sweep());
    try {
      this.accounts.refresh();
      this.heedAccounts();
    } catch (error) {
      this.#options.log('error', 'accounts cannot be read', { error: String(error) });
    }
  }

  #announce(): void {
    try {
      if (!this.isSetUp) this.#options.log('info', 'setup code', { code: this.setupCode.text });
    } catch (error) {
      this.#options.log('error', 'accounts cannot be read', { error: String(error) });
    }
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

/** Puts access before every route of the panel: it decides, and what is refused goes no further. */
export function registerAccess(app: FastifyInstance, options: AccessOptions): Access {
  const access = new Access(options);
  app.decorateRequest('session', undefined);
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat())
      access.routes.push({ method: each, url, permission: config?.permission });
  });
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, parseForm(String(body)) ?? null),
  );
  app.addHook('onRequest', async (request) => access.check(request));
  app.addHook('preHandler', async (request) => access.checkForm(request));
  app.addHook('onClose', async () => access.close());
  return access;
}
