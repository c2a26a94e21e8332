import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { ScansideError } from '../device/errors.ts';
import { keyLength } from '../device/keys.ts';

/**
 * The keys of one segment, for the hospital alone: X25519 with a key pair made for this once (RFC 7748), HKDF-SHA-256
 * (RFC 5869), AES-256-GCM.
 *
 *     ephemeral public key (32) | sealed keys (64) | tag (16)
 *
 * The key that seals is used once, so the nonce is zero. What the keys belong to is authenticated with them.
 */
export interface SegmentSecrets {
  /** Opens the payloads. */
  payloadKey: Buffer;
  /** Key of the segment's first MAC, from which all of its others follow. */
  firstMacKey: Buffer;
}

const publicLength = 32;
const tagLength = 16;
export const envelopeLength = publicLength + 2 * keyLength + tagLength;
const cipherName = 'aes-256-gcm';
const nonce = Buffer.alloc(12);

/** DER of an X25519 public key before its 32 bytes (RFC 8410). */
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-publicLength);
}

function agree(privateKey: KeyObject, publicKey: KeyObject, parties: Buffer): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, parties, 'scanside audit segment', keyLength));
}

export function sealEnvelope(
  hospital: KeyObject,
  belongsTo: Buffer,
  { payloadKey, firstMacKey }: SegmentSecrets,
): Buffer {
  const ephemeral = generateKeyPairSync('x25519');
  const sender = rawPublic(ephemeral.publicKey);
  const parties = Buffer.concat([sender, rawPublic(hospital)]);
  const key = agree(ephemeral.privateKey, hospital, parties);
  const cipher = createCipheriv(cipherName, key, nonce).setAAD(belongsTo);
  const sealed = [cipher.update(payloadKey), cipher.update(firstMacKey), cipher.final()];
  key.fill(0);
  return Buffer.concat([sender, ...sealed, cipher.getAuthTag()]);
}

/** Throws AUDIT_KEY_UNUSABLE where the log was written for another key, or the envelope is another segment's. */
export function openEnvelope(
  hospital: KeyObject,
  belongsTo: Buffer,
  envelope: Buffer,
): SegmentSecrets {
  const sender = envelope.subarray(0, publicLength);
  const publicKey = createPublicKey({
    key: Buffer.concat([publicPrefix, sender]),
    format: 'der',
    type: 'spki',
  });
  const parties = Buffer.concat([sender, rawPublic(createPublicKey(hospital))]);
  try {
    const key = agree(hospital, publicKey, parties);
    const decipher = createDecipheriv(cipherName, key, nonce).setAAD(belongsTo);
    decipher.setAuthTag(envelope.subarray(-tagLength));
    const keys = decipher.update(envelope.subarray(publicLength, -tagLength));
    decipher.final();
    return { payloadKey: keys.subarray(0, keyLength), firstMacKey: keys.subarray(keyLength) };
  } catch (cause) {
    throw new ScansideError('AUDIT_KEY_UNUSABLE', 'the segment was sealed for another key', {
      cause,
    });
  }
}

/** What an envelope is bound to. */
export function envelopeOwner(logId: Buffer, number: number): Buffer {
  return Buffer.concat([logId, Buffer.from(`segment ${number}`)]);
}
