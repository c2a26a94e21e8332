import { ScansideError } from '../../device/errors.ts';
import { type DataSet, readDataSet } from './data-set.ts';
import { tags } from './tag.ts';
import { implicitVrLittleEndian } from './transfer-syntax.ts';
import { firstInteger, firstString } from './value.ts';

/** One instance that somebody is asked to keep. */
export interface Reference {
  sopClassUid: string;
  sopInstanceUid: string;
}

/** The data set of a storage commitment N-ACTION (PS3.4 table J.3.2-1). */
export interface CommitmentRequest {
  transactionUid: string;
  references: Reference[];
}

/** An instance that was not committed, with its Failure Reason (PS3.3 C.14.1.1). */
export type FailedReference = Reference & { reason: number };

/** The data set of a storage commitment N-EVENT-REPORT (PS3.4 table J.3.3-1). */
export interface CommitmentResult {
  transactionUid: string;
  stored: Reference[];
  failed: FailedReference[];
}

/** Action Type ID of a storage commitment request (PS3.4 J.3.2). */
export const requestCommitment = 1;

/** Event Type IDs of a storage commitment result (PS3.4 J.3.3). */
export const commitmentEvents = { allCommitted: 1, failuresExist: 2 } as const;

/** Failure reasons (PS3.3 C.14.1.1). */
export const failureReasons = {
  processingFailure: 0x0110,
  noSuchObjectInstance: 0x0112,
  sopClassNotSupported: 0x0122,
  classInstanceConflict: 0x0119,
  duplicateTransactionUid: 0x0131,
  resourceLimitation: 0x0213,
} as const;

/** A data set of 50,000 references is about 8 MB and 150,000 elements. */
const limits = { bytes: 1 << 24, elements: 400_000, depth: 2, valueLength: 1 << 24 };

/** Encodes in Implicit VR Little Endian if `transferSyntaxUid` says so, otherwise in Explicit VR Little Endian. */
export function encodeCommitmentRequest(
  transactionUid: string,
  references: readonly Reference[],
  transferSyntaxUid: string,
): Buffer {
  const write = writerFor(transferSyntaxUid);
  return Buffer.concat([
    write(tags.TransactionUID, 'UI', uid(transactionUid)),
    sequence(write, tags.ReferencedSOPSequence, references),
  ]);
}

/** Encodes as `encodeCommitmentRequest` does; a sequence without items is left out. */
export function encodeCommitmentResult(
  result: CommitmentResult,
  transferSyntaxUid: string,
): Buffer {
  const write = writerFor(transferSyntaxUid);
  const { stored, failed } = result;
  return Buffer.concat([
    write(tags.TransactionUID, 'UI', uid(result.transactionUid)),
    failed.length > 0 ? sequence(write, tags.FailedSOPSequence, failed) : Buffer.alloc(0),
    stored.length > 0 ? sequence(write, tags.ReferencedSOPSequence, stored) : Buffer.alloc(0),
  ]);
}

/** Throws DATA_SET_UNREADABLE where the bytes are no data set or lack what the request must have. */
export function decodeCommitmentRequest(
  bytes: Uint8Array,
  transferSyntaxUid: string,
): CommitmentRequest {
  const dataSet = readDataSet(bytes, transferSyntaxUid, limits);
  return {
    transactionUid: required(dataSet, tags.TransactionUID),
    references: itemsOf(dataSet, tags.ReferencedSOPSequence).map(readReference),
  };
}

/** Throws DATA_SET_UNREADABLE where the bytes are no data set or lack what the result must have. */
export function decodeCommitmentResult(
  bytes: Uint8Array,
  transferSyntaxUid: string,
): CommitmentResult {
  const dataSet = readDataSet(bytes, transferSyntaxUid, limits);
  return {
    transactionUid: required(dataSet, tags.TransactionUID),
    stored: itemsOf(dataSet, tags.ReferencedSOPSequence).map(readReference),
    failed: itemsOf(dataSet, tags.FailedSOPSequence).map(readFailure),
  };
}

function readReference(item: DataSet): Reference {
  return {
    sopClassUid: required(item, tags.ReferencedSOPClassUID),
    sopInstanceUid: required(item, tags.ReferencedSOPInstanceUID),
  };
}

/** A failure without its reason is a failure all the same. */
function readFailure(item: DataSet): FailedReference {
  const reason = firstInteger(item, tags.FailureReason) ?? failureReasons.processingFailure;
  return { ...readReference(item), reason };
}

function required(dataSet: DataSet, tag: number): string {
  const text = firstString(dataSet, tag);
  if (text) return text;
  const element = tag.toString(16).padStart(8, '0');
  throw new ScansideError('DATA_SET_UNREADABLE', `storage commitment without ${element}`);
}

function itemsOf(dataSet: DataSet, tag: number): DataSet[] {
  return dataSet.elements.get(tag)?.items ?? [];
}

type Write = (tag: number, vr: 'UI' | 'US' | 'SQ', value: Buffer) => Buffer;

function writerFor(transferSyntaxUid: string): Write {
  return transferSyntaxUid === implicitVrLittleEndian ? writeImplicit : writeExplicit;
}

function writeImplicit(tag: number, _vr: string, value: Buffer): Buffer {
  return Buffer.concat([tagAndLength(tag, value.length), value]);
}

function writeExplicit(tag: number, vr: 'UI' | 'US' | 'SQ', value: Buffer): Buffer {
  const header = Buffer.alloc(vr === 'SQ' ? 12 : 8);
  writeTag(header, tag);
  header.write(vr, 4, 'latin1');
  if (vr === 'SQ') header.writeUInt32LE(value.length, 8);
  else header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, value]);
}

function sequence(
  write: Write,
  tag: number,
  references: readonly (Reference & { reason?: number })[],
): Buffer {
  const items = references.map((reference) => {
    const content = encodeReference(write, reference);
    return Buffer.concat([tagAndLength(0xfffe_e000, content.length), content]);
  });
  return write(tag, 'SQ', Buffer.concat(items));
}

function encodeReference(write: Write, reference: Reference & { reason?: number }): Buffer {
  const { sopClassUid, sopInstanceUid, reason } = reference;
  const elements = [
    write(tags.ReferencedSOPClassUID, 'UI', uid(sopClassUid)),
    write(tags.ReferencedSOPInstanceUID, 'UI', uid(sopInstanceUid)),
  ];
  if (reason !== undefined)
    elements.push(write(tags.FailureReason, 'US', Buffer.from([reason & 0xff, reason >> 8])));
  return Buffer.concat(elements);
}

function uid(text: string): Buffer {
  return Buffer.from(text.length % 2 ? `${text}\0` : text, 'latin1');
}

function tagAndLength(tag: number, length: number): Buffer {
  const header = Buffer.alloc(8);
  writeTag(header, tag);
  header.writeUInt32LE(length, 4);
  return header;
}

function writeTag(into: Buffer, tag: number): void {
  into.writeUInt16LE(tag >>> 16, 0);
  into.writeUInt16LE(tag & 0xffff, 2);
}
