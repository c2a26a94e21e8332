import { randomBytes, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { keysOf } from '../../device/keys.ts';
import { temporaryFolder } from '../../tests/peers/process.ts';
import { fingerprintOf, openDeviceCertificate } from './device-certificate.ts';

const keys = keysOf(randomBytes(32));
const now = 1_800_000_000_000;
const dayMs = 24 * 3600_000;
const names = { needed: ['scan-3.example', '192.0.2.7'], further: ['localhost', '::1'] };

let folder: string;

beforeEach(() => {
  const made = temporaryFolder();
  onTestFinished(() => made.remove());
  folder = join(made.path, 'panel-tls');
});

const open = (change: { now?: number; names?: typeof names } = {}) =>
  openDeviceCertificate({ files: disk, keys, folder, names, now, ...change });

it('bears every name, signs itself on P-256, and lasts no longer than browsers take', async () => {
  const certificate = new X509Certificate((await open()).certificate);
  expect(certificate.checkHost('scan-3.example')).toBe('scan-3.example');
  expect(certificate.checkIP('192.0.2.7')).toBe('192.0.2.7');
  expect([certificate.checkIP('::1'), certificate.checkHost('localhost')]).not.toContain(undefined);
  expect(certificate.checkHost('other.example')).toBeUndefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  expect((to - from) / dayMs).toBe(397);
  expect(from).toBeLessThan(now);
  expect(certificate.ca).toBe(false);
});

it('is the same after a restart, and its key can be read by nobody else', async () => {
  const made = await open();
  expect(await open()).toEqual(made);
  expect(disk.list(folder)).toEqual(['certificate.pem', 'key.sealed']);
  expect(disk.readBytes(join(folder, 'key.sealed')).includes('PRIVATE')).toBe(false);
  const other = { files: disk, keys: keysOf(randomBytes(32)), folder, names, now };
  expect(await openDeviceCertificate(other)).not.toEqual(made);
});

it.each([
  ['has a month left', { now: now + 367 * dayMs }],
  ['has expired', { now: now + 500 * dayMs }],
  ['was made by a clock that ran ahead', { now: now - 30 * dayMs }],
  ['lacks a name', { names: { ...names, needed: ['scan-4.example'] } }],
])('makes another where it %s', async (_, change) => {
  const before = await open();
  const after = await open(change);
  expect(after).not.toEqual(before);
  expect(await open(change)).toEqual(after);
});

it('keeps it while it has longer, and when further addresses change', async () => {
  const before = await open();
  expect(await open({ now: now + 365 * dayMs })).toEqual(before);
  expect(await open({ names: { ...names, further: [] } })).toEqual(before);
});

it.each(['certificate.pem', 'key.sealed'])('makes another where %s is damaged', async (file) => {
  const before = await open();
  writeFileSync(join(folder, file), 'damaged');
  expect(await open()).not.toEqual(before);
});

it('shows a fingerprint as browsers do', async () => {
  const { certificate } = await open();
  expect(fingerprintOf(certificate)).toBe(new X509Certificate(certificate).fingerprint256);
});
