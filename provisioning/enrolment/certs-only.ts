import { X509Certificate } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { x509 } from './certificate-library.ts';

/** The longest list of certificates that is looked at, characters of base64. */
export const longestCertsOnly = 65_536;
const lineLength = 64;

/** Certificates (PEM) as EST sends them: a certs-only message of CMS, base64 (RFC 7030 4.1.3). */
export function writeCertsOnly(certificates: readonly string[]): string {
  const list = new x509.X509Certificates(certificates.map((pem) => new x509.X509Certificate(pem)));
  const base64 = Buffer.from(list.export('raw')).toString('base64');
  return `${base64.match(new RegExp(`.{1,${lineLength}}`, 'g'))?.join('\r\n')}\r\n`;
}

/** The certificates in such a message, at least one. Throws EST_MALFORMED. */
export function readCertsOnly(text: string): X509Certificate[] {
  const base64 = text.replaceAll(/\s/g, '');
  try {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('no base64');
    const list = new x509.X509Certificates(Buffer.from(base64, 'base64'));
    const found = [...list].map(({ rawData }) => new X509Certificate(Buffer.from(rawData)));
    if (found.length) return found;
  } catch (cause) {
    throw new ScansideError('EST_MALFORMED', 'it holds no certificates', { cause });
  }
  throw new ScansideError('EST_MALFORMED', 'it holds no certificates');
}

/** SHA-256 of a certificate, hexadecimal in small letters. */
export function certificateThumbprint({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}
