import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { dsseEnvelope, signedBytes } from '../../ota/trust/dsse.ts';

/** What an envelope says that it holds. */
const payloadType = 'application/vnd.scanside.reference-standard';

const signatureLength = 64;

/** The hospital's public key in a PEM text, Ed25519. Throws REFERENCE_UNSIGNED. */
export function readReferenceKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new ScansideError('REFERENCE_UNSIGNED', 'the key file holds no public key', { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new ScansideError('REFERENCE_UNSIGNED', `the key is ${key.asymmetricKeyType}, not ed25519`);
}

/**
 * Holds a file against its detached signature: the 64 bytes of Ed25519 as they are or in base64, or a DSSE envelope
 * around the same bytes. Throws REFERENCE_UNSIGNED.
 */
export function checkSignature(file: Uint8Array, signature: Uint8Array, key: KeyObject): void {
  if (isSigned(file, Buffer.from(signature), key)) return;
  throw new ScansideError('REFERENCE_UNSIGNED', 'the signature is not of this file and this key');
}

function isSigned(file: Uint8Array, signature: Buffer, key: KeyObject): boolean {
  if (signature.length === signatureLength) return verify(null, file, key, signature);
  const text = signature.toString('utf8').trim();
  if (text.startsWith('{')) return isEnveloped(file, text, key);
  return verify(null, file, key, Buffer.from(text, 'base64'));
}

function isEnveloped(file: Uint8Array, text: string, key: KeyObject): boolean {
  let parsed;
  try {
    parsed = dsseEnvelope.safeParse(JSON.parse(text));
  } catch {
    return false;
  }
  if (!parsed.success || parsed.data.payloadType !== payloadType) return false;
  const { payload, signatures } = parsed.data;
  const isSame = Buffer.from(payload, 'base64').equals(file);
  const signed = signedBytes(payloadType, file);
  const isGood = ({ sig }: { sig: string }) =>
    verify(null, signed, key, Buffer.from(sig, 'base64'));
  return isSame && signatures.some(isGood);
}
