import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { type EnrolmentToken, readToken, writeToken } from './token.ts';

const issuer = generateKeyPairSync('ed25519');
const now = 1_790_000_000_000;
const token: EnrolmentToken = {
  site: 'north-1',
  serial: 'SC-0042',
  estUrl: 'https://fleet.example:8085/.well-known/est',
  caThumbprint: 'ab'.repeat(32),
  mqttUrl: 'mqtts://fleet.example:8883',
  rootHash: 'cd'.repeat(32),
  expires: now + 24 * 3600_000,
  once: '00112233445566778899aabbccddeeff',
};
const expected = {
  site: 'north-1',
  serial: 'SC-0042',
  now,
  issuerKey: issuer.publicKey,
  rootHash: token.rootHash,
};

const text = writeToken(token, issuer.privateKey, now);
const [head = '', body = '', signature = ''] = text.split('.');
const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('what the fleet signs is read as it was meant', () => {
  expect(readToken(`${text}\n`, expected)).toEqual(token);
});

test('a token for any device of the site names none', () => {
  const { serial: _, ...open } = token;
  expect(readToken(writeToken(open, issuer.privateKey, now), expected)).toEqual(open);
});

const forgeries: Record<string, unknown> = {
  site: 'north-2',
  serial: 'SC-0043',
  est: 'https://impostor.example/.well-known/est',
  ca: 'ee'.repeat(32),
  mqtt: 'mqtts://impostor.example:8883',
  root: 'ee'.repeat(32),
  nbf: 0,
  exp: 2_000_000_000,
  jti: 'ff'.repeat(16),
};

test('every field of a token is covered by the forgeries below', () => {
  expect(Object.keys(forgeries).sort()).toEqual(Object.keys(claims).sort());
});

test.each(Object.keys(forgeries))('a token with another %s is refused as forged', (field) => {
  const forged = `${head}.${encode({ ...claims, [field]: forgeries[field] })}.${signature}`;
  expect(() => readToken(forged, expected)).toThrow('ENROLMENT_TOKEN_FORGED');
});

test.each(Object.keys(forgeries).filter((field) => field !== 'serial'))(
  'a signed token without %s is refused as malformed',
  (field) => {
    const { [field]: _, ...rest } = claims;
    expect(() => readToken(signed(head, encode(rest)), expected)).toThrow(
      'ENROLMENT_TOKEN_MALFORMED',
    );
  },
);

test('a signed token with a key that nobody knows is refused', () => {
  expect(() => readToken(signed(head, encode({ ...claims, admin: true })), expected)).toThrow(
    'ENROLMENT_TOKEN_MALFORMED',
  );
});

function signed(header: string, payload: string): string {
  const bytes = sign(null, Buffer.from(`${header}.${payload}`), issuer.privateKey);
  return `${header}.${payload}.${bytes.toString('base64url')}`;
}

test.each(['none', 'HS256', 'ES256', 'Ed25519'])('the algorithm %s is refused', (alg) => {
  const header = encode({ alg, typ: 'scanside-enrolment+jws' });
  expect(() => readToken(`${header}.${body}.`, expected)).toThrow('ENROLMENT_TOKEN_FORGED');
  expect(() => readToken(signed(header, body), expected)).toThrow('ENROLMENT_TOKEN_FORGED');
});

test('the public key is no secret that a token could be signed with', () => {
  const header = encode({ alg: 'HS256', typ: 'scanside-enrolment+jws' });
  const secret = createPublicKey(issuer.privateKey).export({ format: 'pem', type: 'spki' });
  const mac = createHmac('sha256', secret).update(`${header}.${body}`).digest('base64url');
  expect(() => readToken(`${header}.${body}.${mac}`, expected)).toThrow('ENROLMENT_TOKEN_FORGED');
});

test('another key’s signature is refused', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  expect(() => readToken(writeToken(token, other, now), expected)).toThrow(
    'ENROLMENT_TOKEN_FORGED',
  );
});

test.each([
  ['', 'ENROLMENT_TOKEN_MALFORMED'],
  ['a.b', 'ENROLMENT_TOKEN_MALFORMED'],
  [`${text}.x`, 'ENROLMENT_TOKEN_MALFORMED'],
  [`${head}.${body}.${signature}=`, 'ENROLMENT_TOKEN_MALFORMED'],
  [`${head}.${body}.`, 'ENROLMENT_TOKEN_FORGED'],
  ['x'.repeat(5000), 'ENROLMENT_TOKEN_MALFORMED'],
])('the text %.20s… is refused', (wrong, code) => {
  expect(() => readToken(wrong, expected)).toThrow(code);
});

test.each([
  [{ now: token.expires }, 'ENROLMENT_TOKEN_EXPIRED'],
  [{ now: now - 600_000 }, 'ENROLMENT_TOKEN_EXPIRED'],
  [{ site: 'north-2' }, 'ENROLMENT_TOKEN_OTHER_SITE'],
  [{ serial: 'SC-0043' }, 'ENROLMENT_TOKEN_OTHER_DEVICE'],
  [{ rootHash: 'ee'.repeat(32) }, 'ENROLMENT_TOKEN_OTHER_ROOT'],
])('a device that expects %o says %s', (other, code) => {
  expect(() => readToken(text, { ...expected, ...other })).toThrow(code);
});
