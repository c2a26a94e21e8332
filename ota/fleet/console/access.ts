import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { cookieName, readCookie, sessionCookie } from '../../../device/web/cookie.ts';
import { type Fields, parseForm } from '../../../device/web/form-body.ts';
import { askerOf, isOwnAsker, isReading, ownPath } from '../../../device/web/origin.ts';
import { RateLimit } from '../../../device/web/token-bucket.ts';
import type { ConsoleRole, ConsoleSession } from '../store/account-store.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { liveHeader } from './live.ts';
import { SignInPage } from './pages/door.ts';
import { pageHtml } from './pages/frame.ts';
import { ConsoleSignIn } from './sign-in.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask the fleet’s console; a route that names nobody is refused. */
    console?: ConsoleRole | 'public';
  }
  interface FastifyRequest {
    /** Who asks the fleet’s console; undefined only on a public route. */
    consoleSession: ConsoleSession | undefined;
  }
}

interface AccessOptions {
  store: FleetStore;
  clock: Clock;
  tls?: object | undefined;
  log(level: 'info' | 'warn', event: string, fields?: Record<string, unknown>): void;
}

const cookie = 'scanside-fleet';
/** Requests, and tries to sign in, that one address may make at once and every second. */
const requestRate = { burst: 300, perSecond: 50 };
const secretRate = { burst: 30, perSecond: 0.5 };

/** Decides, for every request of the console, who may ask. */
export class ConsoleAccess {
  readonly #options: AccessOptions;
  readonly #signIn: ConsoleSignIn;
  readonly #requests = new RateLimit(requestRate);
  readonly #secrets = new RateLimit(secretRate);

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#signIn = new ConsoleSignIn(options.store.accounts, options.clock);
  }

  /** Stands before every route: what is refused goes no further. */
  guard(app: FastifyInstance): void {
    app.decorateRequest('consoleSession', undefined);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, parseForm(String(body)) ?? null),
    );
    app.addHook('onRequest', (request) => this.#check(request));
    app.addHook('preHandler', async (request) => checkForm(request));
  }

  /** Serves signing in and out. */
  serveDoors(app: FastifyInstance): void {
    app.get('/sign-in', { config: { console: 'public' } }, (request, reply) =>
      this.#door(request, reply, 200, ''),
    );
    app.post('/sign-in', { config: { console: 'public' } }, (request, reply) =>
      this.#enter(request, reply),
    );
    app.post('/sign-out', { config: { console: 'viewer' } }, async (request, reply) => {
      await this.#options.store.accounts.end(request.consoleSession!);
      reply.header('set-cookie', sessionCookie('', this.#isSecure, cookie));
      return reply.header('clear-site-data', '"cache", "storage"').redirect('/sign-in', 303);
    });
  }

  async #check(request: FastifyRequest): Promise<void> {
    const { clock } = this.#options;
    if (!this.#requests.allows(request.ip, clock.monotonic()))
      throw new ScansideError('TOO_MANY_REQUESTS', 'too many requests from this address');
    if (!isOwnAsker(askerOf(request), this.#isSecure ? 'https' : 'http'))
      throw new ScansideError('ORIGIN_REFUSED', 'another site asked');
    const { console: role } = request.routeOptions.config;
    request.consoleSession = await this.#find(request);
    if (role === 'public') return;
    if (!request.consoleSession) throw new ScansideError('SIGN_IN_NEEDED', 'nobody is signed in');
    if (!role && !request.is404)
      throw new ScansideError('PERMISSION_DENIED', 'the route is open to nobody');
    if (role === 'operator' && request.consoleSession.role !== 'operator')
      throw new ScansideError('PERMISSION_DENIED', 'only an operator may do this');
  }

  async #find({ headers }: FastifyRequest): Promise<ConsoleSession | undefined> {
    const { store, clock } = this.#options;
    const token = readCookie(headers.cookie, cookieName(this.#isSecure, cookie));
    if (token === undefined) return undefined;
    return store.accounts.use(token, clock.now(), headers[liveHeader] === undefined);
  }

  async #enter(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { store, clock, log } = this.#options;
    if (!this.#secrets.allows(request.ip, clock.monotonic()))
      throw new ScansideError('TOO_MANY_REQUESTS', 'too many tries from this address');
    const { name = '', secret = '', to } = fieldsOf(request);
    try {
      const account = await this.#signIn.enter(name, secret, request.ip);
      const token = await store.accounts.begin(account, clock.now());
      log('info', 'signed in to the console', { user: account.name, address: request.ip });
      return reply
        .header('set-cookie', sessionCookie(token, this.#isSecure, cookie))
        .redirect(ownPath(to, '/'), 303);
    } catch (error) {
      const fault = error instanceof ScansideError && faults[error.code];
      if (!fault) throw error;
      log('warn', 'sign-in to the console refused', { address: request.ip });
      return this.#door(request, reply, fault.status, fault.text);
    }
  }

  #door(request: FastifyRequest, reply: FastifyReply, status: number, fault: string) {
    const asked = isReading(request.method)
      ? (request.query as { to?: unknown }).to
      : fieldsOf(request)['to'];
    const shell = { session: undefined, path: '/sign-in', picture: undefined };
    const html = pageHtml(shell, 'Sign in', SignInPage({ to: ownPath(asked, '/'), fault }));
    return reply.code(status).type('text/html; charset=utf-8').send(html);
  }

  get #isSecure(): boolean {
    return this.#options.tls !== undefined;
  }
}

/** What the person is told: never whether there is such a name. */
const faults: Record<string, { status: number; text: string } | undefined> = {
  SIGN_IN_FAILED: { status: 401, text: 'Name or password is wrong.' },
  ACCOUNT_LOCKED: {
    status: 429,
    text: 'Too many tries in a row: wait a minute, after further ones up to 15 minutes.',
  },
  TOO_MANY_REQUESTS: { status: 429, text: 'Too many tries from this address: wait a minute.' },
};

/** The fields of a form. Throws FORM_INVALID. */
export function fieldsOf({ body }: FastifyRequest): Fields {
  if (body) return body as Fields;
  throw new ScansideError('FORM_INVALID', 'the fields are not those of a form');
}

/** Who asks, where the request came far enough to know. */
export function sessionOf({ consoleSession }: FastifyRequest): ConsoleSession | undefined {
  return consoleSession;
}

function checkForm(request: FastifyRequest): void {
  const { consoleSession: session, method } = request;
  if (isReading(method) || !session || request.routeOptions.config.console === 'public') return;
  if (fieldsOf(request)['csrf'] !== session.csrf)
    throw new ScansideError('FORM_EXPIRED', 'the page is of another session');
}
