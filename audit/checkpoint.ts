import { type KeyObject, sign, verify } from 'node:crypto';
import { type AuditRecord, decodeRecord } from './record.ts';

/** After so many records without one, or so many milliseconds with a record that none covers, a checkpoint is due. */
export const checkpointRecords = 1000;
export const checkpointMs = 5 * 60_000;

/** Bytes of what names a log and of what names a boot. */
export const idLength = 16;

/**
 * What a checkpoint says: of this log, in this boot, `sequence - 1` records were there, and `root` is the hash of the
 * last, which stands for all of them. Its bytes are good outside of the log too: whoever keeps them is a witness.
 */
export interface Checkpoint {
  logId: string;
  bootId: string;
  sequence: number;
  root: Buffer;
  wall: number;
}

export function encodeCheckpoint(logId: Buffer, bootId: Buffer): Buffer {
  return Buffer.concat([logId, bootId]);
}

/** Ed25519 (RFC 8032). */
export function signCheckpoint(bytes: Buffer, privateKey: KeyObject): Buffer {
  return sign(null, bytes, privateKey);
}

export function isSignedBy(record: AuditRecord, publicKey: KeyObject): boolean {
  return verify(null, record.signed, publicKey, record.signature);
}

/** What a checkpoint record says; undefined where it is none. The signature is looked at by `isSignedBy`. */
export function readCheckpoint(record: AuditRecord): Checkpoint | undefined {
  const { kind, payload, sequence, previous, wall } = record;
  if (kind !== 'checkpoint' || payload.length !== 2 * idLength) return undefined;
  const [logId, bootId] = [payload.subarray(0, idLength), payload.subarray(idLength)];
  return {
    logId: logId.toString('hex'),
    bootId: bootId.toString('hex'),
    sequence,
    root: previous,
    wall,
  };
}

/** A checkpoint that a witness kept, as base64. Undefined where the bytes are none that this device has signed. */
export function readWitness(text: string, publicKey: KeyObject): Checkpoint | undefined {
  const record = decodeRecord(Buffer.from(text.trim(), 'base64'));
  return record?.kind === 'checkpoint' && isSignedBy(record, publicKey)
    ? readCheckpoint(record)
    : undefined;
}
