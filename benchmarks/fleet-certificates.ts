import { readFileSync } from 'node:fs';
// The certificate library does not load without it.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Authority } from '../tests/certificates.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 3600_000;

export interface DeviceCertificate {
  cert: string;
  key: string;
}

/**
 * A certificate for each of many devices, by the authority of a broker. They share one pair of keys, which makes no
 * difference to a handshake: openssl would take minutes for what is done here in seconds.
 */
export async function issueMany(
  { certificate, certificateFile }: Authority,
  names: readonly string[],
): Promise<DeviceCertificate[]> {
  const { subtle } = globalThis.crypto;
  const issuer = new x509.X509Certificate(certificate);
  const pem = readFileSync(certificateFile.replace(/pem$/, 'key'), 'utf8');
  const [der] = x509.PemConverter.decode(pem);
  const signingKey = await subtle.importKey('pkcs8', der!, algorithm, false, ['sign']);
  const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const key = x509.PemConverter.encode(
    await subtle.exportKey('pkcs8', pair.privateKey),
    'PRIVATE KEY',
  );
  const issue = async (name: string, at: number) => {
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: (at + 16).toString(16).padStart(8, '0'),
      subject: `CN=${name}`,
      issuer: issuer.subject,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + day),
      signingAlgorithm: algorithm,
      publicKey: pair.publicKey,
      signingKey,
    });
    return { cert: made.toString('pem'), key };
  };
  return Promise.all(names.map(issue));
}
