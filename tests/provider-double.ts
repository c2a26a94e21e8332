import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a test changes of the next answer. */
export interface ProviderFaults {
  nonce?: string;
  issuer?: string;
  audience?: string;
  /** Seconds from now at which the token ends. */
  lifetime?: number;
  /** Signs with a key that the provider does not publish. */
  foreignKey?: boolean;
  unsigned?: boolean;
}

/** A double of an OpenID Connect provider on the loopback. It signs for real and asks nobody for a password. */
export interface ProviderDouble {
  issuer: string;
  /** Claims of whoever signs in next, and what is wrong with the answer. */
  claims: Record<string, unknown>;
  faults: ProviderFaults;
  close(): Promise<void>;
}

const makeKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startProviderDouble(clientId: string): Promise<ProviderDouble> {
  const [keys, foreign] = [makeKeys(), makeKeys()];
  const grants = new Map<string, URLSearchParams>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another site than the panel's, for a browser.
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const double: ProviderDouble = {
    issuer,
    claims: {},
    faults: {},
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };

  function idToken(nonce: string): string {
    const { faults, claims } = double;
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: faults.issuer ?? issuer,
      aud: faults.audience ?? clientId,
      sub: 'subject',
      iat: now,
      exp: now + (faults.lifetime ?? 300),
      nonce: faults.nonce ?? nonce,
      ...claims,
    };
    const header = { alg: faults.unsigned ? 'none' : 'ES256', kid: 'k1' };
    const signed = `${encode(header)}.${encode(payload)}`;
    if (faults.unsigned) return `${signed}.`;
    const key = (faults.foreignKey ? foreign : keys).privateKey;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration')
      return void send(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
      });
    if (url.pathname === '/keys')
      return void send(200, {
        keys: [
          { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' },
        ],
      });
    if (url.pathname === '/authorize') {
      const code = randomBytes(16).toString('hex');
      grants.set(code, url.searchParams);
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      return void response.writeHead(302, { location: back.href }).end();
    }
    const form = new URLSearchParams(await text(request));
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.get('code_challenge') !== challenge)
      return void send(400, { error: 'invalid_grant' });
    return void send(200, {
      access_token: 'unused',
      token_type: 'Bearer',
      id_token: idToken(grant.get('nonce') ?? ''),
    });
  }

  return double;
}
