import { createPublicKey, type KeyObject } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import {
  algorithm,
  type DeviceSubject,
  libraryKey,
  readSubject,
  subjectName,
  x509,
} from './certificate-library.ts';
import { deviceNameOf } from './device-name.ts';

/** A request for a certificate that its sender has the private key of. */
export interface CertificateRequest {
  subject: DeviceSubject;
  publicKey: KeyObject;
}

/** Asks for a certificate (PKCS #10, RFC 2986), DER. Throws ENROLMENT_NAME_UNUSABLE. */
export async function writeCertificateRequest(
  privateKey: KeyObject,
  { serial, site }: { serial: string; site: string },
): Promise<Buffer> {
  const name = subjectName({ deviceId: deviceNameOf(serial), serial, site });
  const publicKey = libraryKey(createPublicKey(privateKey));
  const keys = { privateKey: libraryKey(privateKey), publicKey };
  const parts = { name, keys, signingAlgorithm: algorithm };
  const request = await x509.Pkcs10CertificateRequestGenerator.create(parts);
  return Buffer.from(request.rawData);
}

/** The longest request that is looked at, bytes. */
const longest = 8192;

/**
 * What a request (DER) asks for, once it is proved that its sender has the key. Throws ENROLMENT_REQUEST_UNUSABLE for
 * what is no request, has a wrong signature or another kind of key, or names no device.
 */
export async function readCertificateRequest(der: Uint8Array): Promise<CertificateRequest> {
  const request = der.length > longest ? undefined : parse(der);
  if (!request) throw unusable('it cannot be read');
  const publicKey = keyOf(request);
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw unusable('its key is not of the curve P-256');
  if (!(await request.verify().catch(() => false))) throw unusable('its signature is wrong');
  const subject = readSubject(request.subjectName);
  if (subject.deviceId !== deviceNameOf(subject.serial))
    throw unusable('its common name is not made of its serial number');
  return { subject, publicKey };
}

function parse(der: Uint8Array): x509.Pkcs10CertificateRequest | undefined {
  try {
    return new x509.Pkcs10CertificateRequest(Buffer.from(der));
  } catch {
    return undefined;
  }
}

function keyOf({ publicKey: { rawData } }: x509.Pkcs10CertificateRequest): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(rawData), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new ScansideError('ENROLMENT_REQUEST_UNUSABLE', 'its key is none', { cause });
  }
}

function unusable(detail: string): ScansideError {
  return new ScansideError('ENROLMENT_REQUEST_UNUSABLE', detail);
}
