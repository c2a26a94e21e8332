import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { dateOf } from '../../device/date.ts';
import { algorithm, libraryKey, subjectName, x509 } from '../enrolment/certificate-library.ts';
import type { CertificateRequest } from '../enrolment/request.ts';

/** Who signs the certificates of devices, and of the server that they ask. */
export interface Authority {
  certificate: X509Certificate;
  privateKey: KeyObject;
}

const dayMs = 24 * 3600_000;
const authorityDays = 10 * 365;
/** How long the certificate of a device is valid, and that of the server. */
export const certificateDays = 90;
/** Certificates begin in the past, for clocks that differ. */
const leewayMs = 3600_000;

/** Makes an authority; `now`: milliseconds since 1970 UTC. */
export async function makeAuthority(name: string, now: number): Promise<Authority> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = { privateKey: libraryKey(privateKey), publicKey: libraryKey(publicKey) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    ...validity(now, authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: new X509Certificate(Buffer.from(certificate.rawData)), privateKey };
}

/** The authority in two PEM texts. Throws what Node does where they are none. */
export function readAuthority(certificate: string, privateKey: string): Authority {
  return {
    certificate: new X509Certificate(certificate),
    privateKey: createPrivateKey(privateKey),
  };
}

/** A certificate for a device, PEM: it may show it to a server, and nothing else. */
export function issueDeviceCertificate(
  authority: Authority,
  { subject, publicKey }: CertificateRequest,
  now: number,
  days = certificateDays,
): Promise<string> {
  const use = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]);
  const name = { deviceId: subject.deviceId, serial: subject.serial, site: subject.site };
  return issue(authority, publicKey, subjectName(name), [use], validity(now, days));
}

/** A certificate with its key, PEM, for the server that answers under these names and addresses. */
export async function issueServerCertificate(
  authority: Authority,
  hosts: readonly string[],
  now: number,
): Promise<{ cert: string; key: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
    ),
  ];
  const name = [{ CN: [(hosts[0] ?? '').slice(0, 64)] }];
  const days = validity(now, certificateDays);
  const cert = await issue(authority, publicKey, name, extensions, days);
  return { cert, key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string };
}

async function issue(
  { certificate: { raw }, privateKey }: Authority,
  publicKey: KeyObject,
  subject: x509.JsonName,
  extensions: x509.Extension[],
  dates: ReturnType<typeof validity>,
): Promise<string> {
  const issuer = new x509.X509Certificate(raw);
  const issued = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subjectName.toJSON(),
    ...dates,
    signingAlgorithm: algorithm,
    publicKey: libraryKey(publicKey),
    signingKey: libraryKey(privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(libraryKey(createPublicKey(privateKey))),
      ...extensions,
    ],
  });
  return `${issued.toString('pem')}\n`;
}

function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: dateOf(now - leewayMs), notAfter: dateOf(now + days * dayMs) };
}
