import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { ScansideError } from '../device/errors.ts';
import { hashLength } from './chain.ts';

/**
 * A record as it lies in a segment, all numbers big-endian:
 *
 *     kind u8 | boot u32 | sequence u64 | wall ms u64 | monotonic us u64 | previous hash (32) | payload | MAC (32)
 *
 * and in all but an event the Ed25519 signature (64) of all of that. The payload of an event is sealed, every other is
 * plain.
 */
export type RecordKind = 'event' | SignedKind;

/** `key-change`: what follows is signed with another key. `removal`: segments from the start on are not needed. */
export type SignedKind = 'checkpoint' | 'key-change' | 'removal';

/** Where and when a record was made. */
export interface RecordPlace {
  kind: RecordKind;
  /** How often the log had been opened on this device, from 1. */
  boot: number;
  /** Number of the record in the log, from 1, without a gap. */
  sequence: number;
  /** Milliseconds since 1970 UTC, as the device believed. */
  wall: number;
  /** Milliseconds that never go back while `boot` stays, to the microsecond. */
  monotonic: number;
  /** Hash of the record before, or of the segment's header. */
  previous: Buffer;
}

export interface AuditRecord extends RecordPlace {
  payload: Buffer;
  mac: Buffer;
  /** What the MAC is made of. */
  authenticated: Buffer;
  /** What the signature is made of. */
  signed: Buffer;
  /** Empty in an event. */
  signature: Buffer;
}

const kindCodes = { event: 1, checkpoint: 2, 'key-change': 3, removal: 4 } as const;
const signatureLength = 64;
const placeLength = 29;
export const recordHeadLength = placeLength + hashLength;
const tagLength = 16;
const cipherName = 'aes-256-gcm';

/** What stands before the payload. */
export function encodePlace(place: RecordPlace): Buffer {
  const bytes = Buffer.alloc(placeLength);
  bytes.writeUInt8(kindCodes[place.kind]);
  bytes.writeUInt32BE(place.boot, 1);
  bytes.writeBigUInt64BE(BigInt(place.sequence), 5);
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.round(place.wall))), 13);
  bytes.writeBigUInt64BE(BigInt(Math.round(1000 * place.monotonic)), 21);
  return Buffer.concat([bytes, place.previous]);
}

/** The record of a body; undefined where it is none. Nothing of it is believed yet. */
export function decodeRecord(body: Buffer): AuditRecord | undefined {
  const kind = kindOf(body[0]);
  if (!kind) return undefined;
  const signatureAt = body.length - (kind === 'event' ? 0 : signatureLength);
  const macAt = signatureAt - hashLength;
  if (macAt < recordHeadLength) return undefined;
  return {
    kind,
    boot: body.readUInt32BE(1),
    sequence: Number(body.readBigUInt64BE(5)),
    wall: Number(body.readBigUInt64BE(13)),
    monotonic: Number(body.readBigUInt64BE(21)) / 1000,
    previous: body.subarray(placeLength, recordHeadLength),
    payload: body.subarray(recordHeadLength, macAt),
    mac: body.subarray(macAt, signatureAt),
    authenticated: body.subarray(0, macAt),
    signed: body.subarray(0, signatureAt),
    signature: body.subarray(signatureAt),
  };
}

const kinds = new Map(Object.entries(kindCodes).map(([kind, code]) => [code, kind as RecordKind]));

function kindOf(code: number | undefined): RecordKind | undefined {
  return code === undefined ? undefined : kinds.get(code as 1);
}

/**
 * Seals the payload of a record with its segment's key, bound to the place. The sequence is the nonce: it is used once
 * in a segment, and no two segments share a key.
 */
export function sealPayload(key: KeyObject, sequence: number, head: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(cipherName, key, nonceOf(sequence)).setAAD(head);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws SEAL_BROKEN where the payload or anything before it is not as written, or the key is another segment's. */
export function openPayload(key: KeyObject, record: AuditRecord): Buffer {
  const { payload, sequence } = record;
  if (payload.length < tagLength) throw new ScansideError('SEAL_BROKEN', 'a payload is cut off');
  const decipher = createDecipheriv(cipherName, key, nonceOf(sequence));
  decipher.setAAD(record.authenticated.subarray(0, recordHeadLength));
  decipher.setAuthTag(payload.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(payload.subarray(0, -tagLength)), decipher.final()]);
  } catch (cause) {
    throw new ScansideError('SEAL_BROKEN', `audit record ${sequence}`, { cause });
  }
}

function nonceOf(sequence: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(sequence), 4);
  return nonce;
}
