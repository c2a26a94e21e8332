import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { deviceIdOf } from '../ota/mqtt/device-id.ts';
import {
  issueDeviceCertificate,
  issueServiceCertificate,
  makeAuthority,
} from '../provisioning/authority/authority.ts';
import { openDeviceKey, thumbprintOf } from '../device/identity-key.ts';
import {
  type EnrolOptions,
  enrol,
  renew,
  renewalDue,
} from '../provisioning/enrolment/enrolment.ts';
import { keptIdentity } from '../provisioning/enrolment/identity-folder.ts';
import { readCertificateRequest } from '../provisioning/enrolment/request.ts';
import { readRequestFile, takeCertificate, writeRequest } from '../provisioning/enrolment/stick.ts';
import { readToken } from '../provisioning/enrolment/token.ts';
import { startEst, type TestEst } from './est-server.ts';
import { describeWith } from './outside.ts';
import { runProgram } from './peers/process.ts';

const serial = 'SC-0042';
const keys = keysOf(Buffer.alloc(32, 5));
const day = 24 * 3600_000;
let base: string;
let folder: string;
let est: TestEst;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'scanside-enrolment-'));
  folder = join(base, 'identity');
  est = await startEst(base);
});
afterEach(async () => {
  await est.close();
  rmSync(base, { recursive: true, force: true });
});

/** What a device says that has this token; `site` is where it stands. */
function device(tokenText: string, change: Partial<EnrolOptions> = {}): EnrolOptions {
  const own = change.serial ?? serial;
  const { site } = JSON.parse(
    Buffer.from(tokenText.split('.')[1] ?? '', 'base64url').toString(),
  ) as { site: string };
  const token = readToken(tokenText, { site, serial: own, now: systemClock.now() });
  const parts = { folder, files: disk, keys, clock: systemClock, patience: 0, deadline: 10_000 };
  return { ...parts, token, tokenText, serial: own, ...change };
}

test('a device with a token gets a certificate for its key, and its private key lies sealed', async () => {
  const identity = await enrol(device(est.token()));
  expect(identity).toMatchObject({ deviceId: 'sc-0042', serial, site: 'north-1' });
  expect(deviceIdOf(identity.certificatePem)).toBe('sc-0042');
  const certificate = new X509Certificate(identity.certificatePem);
  expect(certificate.checkPrivateKey(createPrivateKey(identity.privateKeyPem))).toBe(true);
  expect(certificate.verify(est.authority.certificate.publicKey)).toBe(true);
  expect(identity.notAfter - systemClock.now()).toBeGreaterThan(89 * day);
  expect(keptIdentity(folder, disk, keys)).toEqual(identity);
  const sealed = readFileSync(join(folder, 'device.key'));
  expect(sealed.includes('PRIVATE KEY')).toBe(false);
  expect(() => keptIdentity(folder, disk, keysOf(Buffer.alloc(32, 6)))).toThrow('KEY_UNUSABLE');
});

test('enrolling is repeated without harm: the same key, the same certificate', async () => {
  const text = est.token();
  const first = await enrol(device(text));
  expect(await enrol(device(text))).toEqual(first);
  rmSync(join(folder, 'device.pem'));
  expect(await enrol(device(text)), 'the answer was lost').toEqual(first);
});

test('a token lets one key in, once', async () => {
  const text = est.token();
  await enrol(device(text));
  const thief = device(text, { folder: join(base, 'thief') });
  await expect(enrol(thief)).rejects.toThrow('ENROLMENT_TOKEN_USED');
  expect(keptIdentity(thief.folder, disk, keys)).toBeUndefined();
});

test('of two that use a token at once one gets in', async () => {
  const text = est.token();
  const ends = await Promise.allSettled(
    ['a', 'b'].map((name) => enrol(device(text, { folder: join(base, name) }))),
  );
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test.each([
  ['site', 'ENROLMENT_TOKEN_FORGED'],
  ['serial', 'ENROLMENT_TOKEN_FORGED'],
  ['jti', 'ENROLMENT_TOKEN_FORGED'],
  ['exp', 'ENROLMENT_TOKEN_FORGED'],
])('the fleet refuses a token whose %s was changed, by name', async (field, code) => {
  const [head, body = '', signature] = est.token().split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const changes: Record<string, unknown> = {
    site: 'north-2',
    serial: 'SC-0043',
    jti: '0'.repeat(32),
    exp: Number(claims['exp']) + 1,
  };
  const forged = Buffer.from(JSON.stringify({ ...claims, [field]: changes[field] }));
  const text = [head, forged.toString('base64url'), signature].join('.');
  const own = field === 'serial' ? { serial: 'SC-0043' } : {};
  await expect(enrol(device(text, own))).rejects.toThrow(code);
});

test('the fleet refuses a token that has expired, whatever the device’s clock says', async () => {
  await est.close();
  const clock = new ManualClock(systemClock.now());
  est = await startEst(base, clock);
  const late = device(est.token());
  clock.advance(day);
  await expect(enrol(late)).rejects.toThrow('ENROLMENT_TOKEN_EXPIRED');
});

test('the fleet refuses a token of another device, and one of another site', async () => {
  const foreign = device(est.token({ serial: 'SC-0043' }), { serial: 'SC-0043' });
  await expect(enrol({ ...foreign, serial })).rejects.toThrow('ENROLMENT_TOKEN_OTHER_DEVICE');
  const elsewhere = device(est.token({ site: 'north-2' }));
  const token = { ...elsewhere.token, site: 'north-1' };
  await expect(enrol({ ...elsewhere, token })).rejects.toThrow('ENROLMENT_TOKEN_OTHER_SITE');
});

test('nothing is sent to a server whose authority is not the one of the token', async () => {
  const impostor = await makeAuthority('Impostor', systemClock.now());
  const tls = await issueServiceCertificate(impostor, ['127.0.0.1'], systemClock.now());
  const got: string[] = [];
  const server = https.createServer(tls, (request, response) => {
    got.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    response.end('MIIB');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const estUrl = `https://127.0.0.1:${port}/.well-known/est`;
  await expect(enrol(device(est.token({ estUrl })))).rejects.toThrow('EST_MALFORMED');
  expect(got).toEqual(['GET /.well-known/est/cacerts ']);
});

test('an impostor that repeats the right authority gets no token either', async () => {
  const impostor = await makeAuthority('Impostor', systemClock.now());
  const tls = await issueServiceCertificate(impostor, ['127.0.0.1'], systemClock.now());
  const real = await fetchCacerts(est);
  const got: string[] = [];
  const server = https.createServer(tls, (request, response) => {
    got.push(`${request.method}`);
    response.end(real);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const estUrl = `https://127.0.0.1:${port}/.well-known/est`;
  await expect(enrol(device(est.token({ estUrl })))).rejects.toThrow('EST_UNTRUSTED');
  expect(got).toEqual(['GET']);
});

/** What cacerts answers. */
async function fetchCacerts({ estUrl, authority }: TestEst): Promise<string> {
  const ca = authority.certificate.toString();
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const request = https.get(`${estUrl}/cacerts`, { ca, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', resolve);
    });
    request.on('error', reject);
  });
  return Buffer.concat(chunks).toString();
}

test('a server that is not there is named', async () => {
  const text = est.token({ estUrl: 'https://127.0.0.1:1/.well-known/est' });
  await expect(enrol(device(text))).rejects.toThrow(/^EST_UNREACHABLE: .*ECONNREFUSED/);
});

test('a server that never answers is given up', async () => {
  const tls = await issueServiceCertificate(est.authority, ['127.0.0.1'], systemClock.now());
  const server = https.createServer(tls, () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const text = est.token({ estUrl: `https://127.0.0.1:${port}/.well-known/est` });
  await expect(enrol(device(text, { deadline: 200 }))).rejects.toThrow(/EST_UNREACHABLE.*too slow/);
});

test('with a token for any device of the site the box waits until its key is on the list', async () => {
  const text = est.openToken();
  await expect(enrol(device(text))).rejects.toThrow('ENROLMENT_PENDING');
  const waits = est.events.find(({ event }) => event === 'device waits to be let in');
  expect(waits?.fields).toMatchObject({ serial, pairing: expect.stringMatching(/^\d{4} \d{4}$/) });
  const thumbprint = waits!.fields['thumbprint']!;
  expect(thumbprint).toBe(thumbprintOf(openDeviceKey(disk, folder, keys)));
  await est.store.preauthorise({ serial, thumbprint }, 1);
  expect(await enrol(device(text))).toMatchObject({ deviceId: 'sc-0042' });
});

test('another key than the one on the list is refused, whatever the token says', async () => {
  await est.store.preauthorise({ serial, thumbprint: 'ab'.repeat(32) }, 1);
  await expect(enrol(device(est.token()))).rejects.toThrow('ENROLMENT_KEY_OTHER');
});

test('two serial numbers that differ in case alone are not one device', async () => {
  await enrol(device(est.token()));
  const twin = device(est.token({ serial: 'sc-0042' }), {
    serial: 'sc-0042',
    folder: join(base, 'twin'),
  });
  await expect(enrol(twin)).rejects.toThrow('ENROLMENT_NAME_UNUSABLE');
});

test('a certificate is due after two thirds of its life, renewed with itself, and kept where that fails', async () => {
  const identity = await enrol(device(est.token()));
  const now = systemClock.now();
  expect(renewalDue(identity, now + 59 * day)).toBe(false);
  expect(renewalDue(identity, now + 61 * day)).toBe(true);
  const parts = { folder, files: disk, keys, clock: systemClock, deadline: 10_000, patience: 0 };
  const renewed = await renew(parts);
  expect(renewed.certificatePem).not.toBe(identity.certificatePem);
  expect({ ...renewed, certificatePem: '', notAfter: 0 }).toEqual({
    ...identity,
    certificatePem: '',
    notAfter: 0,
  });
  const early = new ManualClock(now - day);
  await expect(renew({ ...parts, clock: early })).rejects.toThrow('ENROLMENT_TIME_UNTRUSTED');
  expect(keptIdentity(folder, disk, keys)).toEqual(renewed);
});

test('a device that the fleet has revoked, or whose place another key has, is not renewed', async () => {
  await enrol(device(est.token()));
  const parts = { folder, files: disk, keys, clock: systemClock, patience: 0 };
  await enrol(device(est.token(), { folder: join(base, 'successor') }));
  await expect(renew(parts)).rejects.toThrow('ENROLMENT_KEY_OTHER');
  await est.revoke('sc-0042');
  await expect(renew({ ...parts, folder: join(base, 'successor') })).rejects.toThrow(
    'ENROLMENT_REVOKED',
  );
});

test('where there is no network, two files on a stick do the same', async () => {
  const request = await writeRequest({ folder, files: disk, keys }, { serial, site: 'north-1' });
  const text = est.token();
  const decision = await est.desk.enrol(text, readRequestFile(request));
  const certificate = 'certificate' in decision ? decision.certificate : '';
  const options = device(text);
  const other = await makeAuthority('Other', systemClock.now());
  const swapped = `${certificate}${other.certificate.toString()}`;
  expect(() => takeCertificate(swapped, options)).toThrow('EST_UNTRUSTED');
  const answer = `${certificate}${est.authority.certificate.toString()}`;
  const identity = takeCertificate(answer, options);
  expect(identity).toMatchObject({ deviceId: 'sc-0042', site: 'north-1' });
  expect(keptIdentity(folder, disk, keys)).toEqual(identity);
});

interface Wrong {
  otherKey?: boolean;
  otherAuthority?: boolean;
  days?: number;
  serial?: string;
  site?: string;
}

test.each([
  ['another key', { otherKey: true }, 'another key'],
  ['another serial number', { serial: 'SC-0043' }, 'the device "sc-0043"'],
  ['another site', { site: 'north-2' }, 'the site "north-2"'],
  ['another authority of the same name', { otherAuthority: true }, 'names another authority'],
  ['an end in the past', { days: -1 }, 'has expired'],
])('a certificate for %s is refused by what is wrong', async (_, change, words) => {
  const { otherKey, otherAuthority, days, ...who } = change as Wrong;
  const keyFolder = otherKey ? join(base, 'other') : folder;
  const pem = await writeRequest(
    { folder: keyFolder, files: disk, keys },
    { serial, site: 'north-1', ...who },
  );
  const request = await readCertificateRequest(readRequestFile(pem));
  const signer = otherAuthority
    ? await makeAuthority('Test site authority', systemClock.now())
    : est.authority;
  const now = systemClock.now();
  const certificate =
    days !== undefined
      ? await issueDeviceCertificate(signer, request, now - 3 * day, 1)
      : await issueDeviceCertificate(signer, request, now);
  const answer = `${certificate}${est.authority.certificate.toString()}`;
  expect(() => takeCertificate(answer, device(est.token()))).toThrow(
    new RegExp(`^ENROLMENT_CERTIFICATE_REFUSED: .*${words}`),
  );
});

test('a certificate with a changed signature is refused', async () => {
  const request = await writeRequest({ folder, files: disk, keys }, { serial, site: 'north-1' });
  const asked = await readCertificateRequest(readRequestFile(request));
  const issued = await issueDeviceCertificate(est.authority, asked, systemClock.now());
  const { raw } = new X509Certificate(issued);
  raw[raw.length - 1]! ^= 1;
  const answer = `${new X509Certificate(raw).toString()}${est.authority.certificate.toString()}`;
  expect(() => takeCertificate(answer, device(est.token()))).toThrow('has not signed it');
});

describeWith(['openssl'], 'openssl', () => {
  test('takes the request for one, and the answer for certificates of CMS', async () => {
    const request = join(base, 'request.pem');
    writeFileSync(
      request,
      await writeRequest({ folder, files: disk, keys }, { serial, site: 'north-1' }),
    );
    const judged = await runProgram('openssl', [
      'req',
      '-in',
      request,
      '-verify',
      '-noout',
      '-subject',
    ]);
    expect(judged).toMatchObject({ code: 0 });
    expect(judged.output).toMatch(/CN ?= ?sc-0042/);
    const answer = join(base, 'cacerts.der');
    writeFileSync(answer, Buffer.from(await fetchCacerts(est), 'base64'));
    const list = ['pkcs7', '-inform', 'DER', '-in', answer, '-print_certs', '-noout'];
    const printed = await runProgram('openssl', list);
    expect(printed).toMatchObject({ code: 0 });
    expect(printed.output).toMatch(/Test site authority/);
  });

  test('verifies the device’s certificate for use as a client’s, by the authority alone', async () => {
    await enrol(device(est.token()));
    const [ca, leaf] = [join(folder, 'ca.pem'), join(folder, 'device.pem')];
    const verify = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca, leaf];
    expect(await runProgram('openssl', verify)).toMatchObject({ code: 0 });
  });
});

describeWith(['openssl', 'curl'], 'another maker’s client', () => {
  test('gets a certificate from the fleet, and renews it', async () => {
    const at = (name: string) => join(base, name);
    writeFileSync(at('ca.pem'), est.authority.certificate.toString());
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const subject = ['-subj', '/CN=sc-0042/serialNumber=SC-0042/O=north-1'];
    const files = ['-keyout', at('own.key'), '-out', at('own.der'), '-outform', 'DER'];
    const asked = await runProgram('openssl', ['req', '-new', ...curve, ...subject, ...files]);
    expect(asked).toMatchObject({ code: 0 });
    writeFileSync(at('own.b64'), readFileSync(at('own.der')).toString('base64'));
    const enrolled = await post('simpleenroll', ['--user', `SC-0042:${est.token()}`]);
    writeFileSync(at('own.pem'), enrolled);
    const identity = ['--cert', at('own.pem'), '--key', at('own.key')];
    const renewed = await post('simplereenroll', identity);
    for (const pem of [enrolled, renewed]) {
      const certificate = new X509Certificate(pem);
      expect(certificate.subject).toContain('CN=sc-0042');
      const key = createPrivateKey(readFileSync(at('own.key')));
      expect(certificate.checkPrivateKey(key)).toBe(true);
    }
    expect(renewed).not.toBe(enrolled);
  });

  /** Asks with curl and reads the answer with openssl; PEM. */
  async function post(operation: string, credentials: string[]): Promise<string> {
    const at = (name: string) => join(base, name);
    const body = [
      '--data-binary',
      `@${at('own.b64')}`,
      '--header',
      'Content-Type: application/pkcs10',
    ];
    const quiet = ['--silent', '--show-error', '--fail', '--cacert', at('ca.pem')];
    const target = ['--output', at('answer.b64'), `${est.estUrl}/${operation}`];
    const answered = await runProgram('curl', [...quiet, ...credentials, ...body, ...target]);
    expect(answered).toMatchObject({ code: 0 });
    writeFileSync(at('answer.der'), Buffer.from(readFileSync(at('answer.b64'), 'utf8'), 'base64'));
    const print = ['pkcs7', '-inform', 'DER', '-in', at('answer.der'), '-print_certs'];
    const printed = await runProgram('openssl', print);
    return /-----BEGIN[^]+-----END CERTIFICATE-----/.exec(printed.output)![0];
  }
});
