import { type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { isoInstant } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';

/** What the fleet lets one device in with, once: a compact JWS (RFC 7515), signed with Ed25519. */
export interface EnrolmentToken {
  site: string;
  /** The one device that may use it; without it the list of preauthorised devices decides. */
  serial?: string;
  /** Address of the EST server up to and with `/.well-known/est`. */
  estUrl: string;
  /** SHA-256 of the certificate of the authority that signs both the EST server’s and the device’s; hexadecimal. */
  caThumbprint: string;
  mqttUrl: string;
  /** SHA-256 of the first root metadata of the fleet’s repository; hexadecimal. */
  rootHash: string;
  /** Milliseconds since 1970 UTC. */
  expires: number;
  /** Distinguishes it from every other token: the fleet takes it once. */
  once: string;
}

/** What a device knows by itself, and the token must agree with. */
export interface TokenExpectations {
  site: string;
  serial: string;
  /** Milliseconds since 1970 UTC. */
  now: number;
  /** The key that the fleet signs tokens with (Ed25519). A device without it leaves the signature to the EST server. */
  issuerKey?: KeyObject | undefined;
  /** SHA-256 of the root metadata that the device was made with. */
  rootHash?: string | undefined;
}

/**
 * The only header that counts. It is compared, not read: a token can name no other algorithm, and so neither `none` nor
 * a key of another kind.
 */
const header = base64url('{"alg":"EdDSA","typ":"scanside-enrolment+jws"}');
const longest = 4096;
/** A clock of the fleet may be so many seconds ahead of the device’s. */
const skewSeconds = 300;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const claims = z.strictObject({
  site: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/),
  serial: z.string().min(1).max(64).optional(),
  est: z.url({ protocol: /^https$/ }).max(500),
  ca: sha256,
  mqtt: z.url({ protocol: /^mqtts$/ }).max(500),
  root: sha256,
  /** Seconds since 1970, as in RFC 7519. */
  nbf: z.int().min(0),
  exp: z.int().min(0),
  jti: z.string().regex(/^[0-9a-f]{32}$/),
});

/** The text of a token. `now`: when it begins to be valid, milliseconds since 1970. Throws ENROLMENT_TOKEN_MALFORMED. */
export function writeToken(token: EnrolmentToken, issuer: KeyObject, now: number): string {
  const body = {
    site: token.site,
    ...(token.serial !== undefined && { serial: token.serial }),
    est: token.estUrl,
    ca: token.caThumbprint,
    mqtt: token.mqttUrl,
    root: token.rootHash,
    nbf: Math.floor(now / 1000),
    exp: Math.floor(token.expires / 1000),
    jti: token.once,
  };
  const signed = `${header}.${base64url(JSON.stringify(parse(JSON.stringify(body))))}`;
  return `${signed}.${sign(null, Buffer.from(signed), issuer).toString('base64url')}`;
}

/**
 * The token in a text, once everything in it that the device can judge is right. Throws ENROLMENT_TOKEN_MALFORMED,
 * _FORGED, _EXPIRED, _OTHER_SITE, _OTHER_DEVICE and _OTHER_ROOT.
 */
export function readToken(text: string, expected: TokenExpectations): EnrolmentToken {
  const { nbf, ...token } = decode(text, expected.issuerKey);
  if (expected.now >= token.expires || expected.now < (nbf - skewSeconds) * 1000)
    throw new ScansideError(
      'ENROLMENT_TOKEN_EXPIRED',
      `the clock says ${isoInstant(expected.now)}`,
    );
  if (token.site !== expected.site)
    throw new ScansideError('ENROLMENT_TOKEN_OTHER_SITE', `${token.site}, not ${expected.site}`);
  if (token.serial !== undefined && token.serial !== expected.serial)
    throw new ScansideError(
      'ENROLMENT_TOKEN_OTHER_DEVICE',
      `${token.serial}, not ${expected.serial}`,
    );
  if (expected.rootHash !== undefined && token.rootHash !== expected.rootHash)
    throw new ScansideError('ENROLMENT_TOKEN_OTHER_ROOT', token.rootHash);
  return token;
}

function decode(text: string, issuer: KeyObject | undefined): EnrolmentToken & { nbf: number } {
  const parts = text.length > longest ? [] : text.trim().split('.');
  if (parts.length !== 3) throw malformed('it has not three parts');
  const [head = '', body = '', signature = ''] = parts;
  if (head !== header) throw forged('its header is not the one that the fleet writes');
  const bytes = [body, signature].map(strictBytes);
  const signed = Buffer.from(`${head}.${body}`);
  if (issuer && !verify(null, signed, issuer, bytes[1]!)) throw forged('its signature is wrong');
  const { site, serial, est, ca, mqtt, root, nbf, exp, jti } = parse(bytes[0]!.toString());
  const token = { site, estUrl: est, caThumbprint: ca, mqttUrl: mqtt, rootHash: root };
  return { ...token, ...(serial !== undefined && { serial }), nbf, expires: exp * 1000, once: jti };
}

/** Of all texts that decode to the same bytes only one counts. */
function strictBytes(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') === part) return bytes;
  throw malformed('a part of it is not base64url');
}

function parse(body: string): z.infer<typeof claims> {
  try {
    return claims.parse(JSON.parse(body));
  } catch (cause) {
    const at = cause instanceof z.ZodError ? cause.issues[0]?.path.join('.') : 'no JSON';
    throw new ScansideError('ENROLMENT_TOKEN_MALFORMED', at || 'an unknown key', { cause });
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function malformed(detail: string): ScansideError {
  return new ScansideError('ENROLMENT_TOKEN_MALFORMED', detail);
}

function forged(detail: string): ScansideError {
  return new ScansideError('ENROLMENT_TOKEN_FORGED', detail);
}
