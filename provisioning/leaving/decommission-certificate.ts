import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { thumbprintOf } from '../../device/identity-key.ts';
import { dsseEnvelope, signedBytes } from '../../ota/trust/dsse.ts';
import { subjectOf } from '../enrolment/issued-certificate.ts';

/** Type of the statement in a DSSE envelope. */
export const decommissionType = 'application/vnd.scanside.decommission+json';

const text = z.string().max(200);
const statement = z.strictObject({
  schema: z.literal(1),
  device: text,
  serial: text,
  site: text,
  /** When it was signed, just before the root key was destroyed; UTC, ISO 8601. */
  at: text,
  /** How the root key was kept. */
  keyLevel: z.enum(['file', 'tpm']),
  /** Studies whose results somebody did not have for good. */
  undelivered: z.int().min(0),
  /** Last checkpoint of the audit log, base64; empty where there is none. */
  auditCheckpoint: z.string().max(20_000),
  /** Public key of the device, PEM, and the certificate that the fleet has given it; empty where there is none. */
  publicKey: z.string().max(2000),
  certificate: z.string().max(10_000),
});

export type Decommission = z.infer<typeof statement>;

/** Signs that this device is erased now: with its own key (ECDSA, P-256, SHA-256), a DSSE envelope. */
export function signDecommission(facts: Decommission, privateKey: KeyObject): string {
  const payload = Buffer.from(JSON.stringify(statement.parse(facts)));
  const sig = sign('sha256', signedBytes(decommissionType, payload), privateKey);
  const signatures = [{ keyid: thumbprintOf(privateKey), sig: sig.toString('base64') }];
  const envelope = { payloadType: decommissionType, payload: payload.toString('base64') };
  return `${JSON.stringify({ ...envelope, signatures }, undefined, 2)}\n`;
}

/**
 * What a device says in such a certificate, once it is proved that it said so: its key is the one that the authority has
 * certified for this serial number. Throws DECOMMISSION_FORGED.
 */
export function verifyDecommission(content: string, authority: X509Certificate): Decommission {
  const { payload, signatures, payloadType } = read(() => dsseEnvelope.parse(JSON.parse(content)));
  const bytes = Buffer.from(payload, 'base64');
  const facts = read(() => statement.parse(JSON.parse(bytes.toString())));
  const key = read(() => createPublicKey(facts.publicKey));
  const [first] = signatures;
  const signature = Buffer.from(first?.sig ?? '', 'base64');
  const isSigned =
    payloadType === decommissionType &&
    first?.keyid === thumbprintOf(key) &&
    verify('sha256', signedBytes(payloadType, bytes), key, signature);
  if (!isSigned || signatures.length !== 1) throw forged('its signature is wrong');
  checkCertificate(facts, key, authority);
  return facts;
}

function checkCertificate(facts: Decommission, key: KeyObject, authority: X509Certificate): void {
  const certificate = read(() => new X509Certificate(facts.certificate));
  const { deviceId, serial, site } = subjectOf(certificate);
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey))
    throw forged('the fleet has not certified its key');
  if (!certificate.publicKey.equals(key)) throw forged('its certificate is for another key');
  if (deviceId !== facts.device || serial !== facts.serial || site !== facts.site)
    throw forged('its certificate is for another device');
}

function read<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new ScansideError('DECOMMISSION_FORGED', 'it cannot be read', { cause });
  }
}

function forged(detail: string): ScansideError {
  return new ScansideError('DECOMMISSION_FORGED', detail);
}
