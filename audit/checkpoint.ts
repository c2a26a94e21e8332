import { type KeyObject, sign, verify } from 'node:crypto';
import { hashLength } from './chain.ts';
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

/** What follows is signed with another key: its 32 bytes. The record is signed with the one before. */
export function encodeKeyChange(logId: Buffer, publicKey: Buffer): Buffer {
  return Buffer.concat([logId, publicKey]);
}

/** The new key of a key change; undefined where the record is none. */
export function readKeyChange({
  kind,
  payload,
}: AuditRecord): { logId: string; raw: Buffer } | undefined {
  if (kind !== 'key-change' || payload.length !== idLength + hashLength) return undefined;
  return { logId: payload.toString('hex', 0, idLength), raw: payload.subarray(idLength) };
}

/** The segments before `segment` have been delivered and may be gone. What is kept begins with this. */
export interface Removal {
  segment: number;
  firstSequence: number;
  /** What the header of `segment` is chained to. */
  previous: Buffer;
}

export function encodeRemoval(logId: Buffer, removal: Removal): Buffer {
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(removal.segment);
  numbers.writeBigUInt64BE(BigInt(removal.firstSequence), 4);
  return Buffer.concat([logId, numbers, removal.previous]);
}

/** What a removal record says; undefined where it is none. */
export function readRemoval({
  kind,
  payload,
}: AuditRecord): (Removal & { logId: string }) | undefined {
  if (kind !== 'removal' || payload.length !== idLength + 12 + hashLength) return undefined;
  return {
    logId: payload.toString('hex', 0, idLength),
    segment: payload.readUInt32BE(idLength),
    firstSequence: Number(payload.readBigUInt64BE(idLength + 4)),
    previous: payload.subarray(idLength + 12),
  };
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
