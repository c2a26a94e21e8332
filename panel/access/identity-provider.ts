import * as oidc from 'openid-client';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { roles, type Role } from '../role.ts';
import { nameForm, reservedPrefix } from './account.ts';

/** The site's OpenID Connect provider, and what its claims mean here. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Reads the client's secret; undefined for a client without one. */
  clientSecret: (() => string) | undefined;
  /** Address of this panel as the provider sends browsers back to it. */
  panelUrl: string;
  /** Claims that hold the short name and what gives a role. */
  nameClaim: string;
  roleClaim: string;
  /** Values of that claim by the role that each gives; the first role that matches, from the widest on. */
  roles: Partial<Record<Role, readonly string[]>>;
}

/** Somebody for whom the provider vouches. */
export interface Vouched {
  name: string;
  role: Role;
  /** Where to go on to. */
  to: string;
}

interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  to: string;
  /** Monotonic milliseconds. */
  at: number;
}

const pendingMs = 10 * 60_000;
const mostPending = 256;

/** From the most that a role may do to the least. */
const widestFirst: readonly Role[] = roles.toReversed();

/**
 * Sign-in by OpenID Connect: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1; RFC 7636).
 * The provider is asked for its metadata when somebody first needs it, so that the panel starts without it.
 */
export class IdentityProvider {
  readonly #settings: OidcSettings;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #configuration: oidc.Configuration | undefined;

  constructor(settings: OidcSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Where to send a browser, and the handle that it keeps until it comes back. Throws PROVIDER_FAILED. */
  async begin(to: string): Promise<{ url: string; handle: string }> {
    const configuration = await this.#discover();
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce, handle] = [oidc.randomState(), oidc.randomNonce(), oidc.randomState()];
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri(),
      scope: 'openid profile',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    this.#remember(handle, { state, nonce, verifier, to, at: this.#clock.monotonic() });
    return { url: url.href, handle };
  }

  /**
   * Who has come back: `query` is that of the address to which the provider sent the browser. Throws PROVIDER_FAILED for
   * an answer that is none or was not asked for, PROVIDER_REFUSED for somebody without a name or a role here.
   */
  async finish(handle: string, query: string): Promise<Vouched> {
    const pending = this.#pending.get(handle);
    this.#pending.delete(handle);
    if (!pending || this.#clock.monotonic() - pending.at > pendingMs)
      throw new ScansideError('PROVIDER_FAILED', 'nobody here has asked for it');
    const claims = await this.#redeem(pending, query);
    return { ...this.#read(claims), to: pending.to };
  }

  async #redeem({ state, nonce, verifier }: Pending, query: string): Promise<oidc.IDToken> {
    const configuration = await this.#discover();
    const url = new URL(`${this.#redirectUri()}?${query}`);
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    };
    const tokens = await oidc
      .authorizationCodeGrant(configuration, url, checks)
      .catch((cause: unknown) => {
        throw new ScansideError('PROVIDER_FAILED', 'its answer is not as it has to be', { cause });
      });
    return tokens.claims() ?? { iss: '', sub: '', aud: '', iat: 0, exp: 0 };
  }

  #read(claims: oidc.IDToken): { name: string; role: Role } {
    const { nameClaim, roleClaim, roles: byRole } = this.#settings;
    const claim = claims[nameClaim];
    const short = typeof claim === 'string' ? claim.toLowerCase() : '';
    const name = `${reservedPrefix}${short}`;
    if (short === '' || !nameForm.test(name))
      throw new ScansideError('PROVIDER_REFUSED', `the claim ${nameClaim} is no short name`);
    const values: unknown[] = [claims[roleClaim]].flat();
    const role = widestFirst.find((each) => byRole[each]?.some((value) => values.includes(value)));
    if (role) return { name, role };
    throw new ScansideError('PROVIDER_REFUSED', `the claim ${roleClaim} gives no role`);
  }

  async #discover(): Promise<oidc.Configuration> {
    if (this.#configuration) return this.#configuration;
    const { issuer, clientId, clientSecret } = this.#settings;
    const authentication = clientSecret ? oidc.ClientSecretPost(clientSecret()) : oidc.None();
    const isPlain = new URL(issuer).protocol === 'http:';
    const execute = [
      oidc.enableNonRepudiationChecks,
      ...(isPlain ? [oidc.allowInsecureRequests] : []),
    ];
    try {
      const server = new URL(issuer);
      this.#configuration = await oidc.discovery(server, clientId, undefined, authentication, {
        execute,
        timeout: 10,
      });
    } catch (cause) {
      throw new ScansideError('PROVIDER_FAILED', 'it does not answer', { cause });
    }
    return this.#configuration;
  }

  #redirectUri(): string {
    return new URL('/oidc/callback', this.#settings.panelUrl).href;
  }

  #remember(handle: string, pending: Pending): void {
    const [oldest] = this.#pending.keys();
    if (this.#pending.size >= mostPending && oldest !== undefined) this.#pending.delete(oldest);
    this.#pending.set(handle, pending);
  }
}
