import { ScansideError } from '../../device/errors.ts';
import type { DataElement } from './data-set.ts';
import { EndOfBytes, readElements, startReading } from './element-reader.ts';
import type { Reader } from './element-reader.ts';
import { tags } from './tag.ts';
import { implementationClassUid, implementationVersionName } from './uid.ts';
import { firstString } from './value.ts';

/** A Part 10 file taken apart (PS3.10 7.1). */
export interface Part10 {
  transferSyntaxUid: string;
  /** The data set after the file meta information: a view, still in its transfer syntax. */
  dataSet: Uint8Array;
}

const groupLength = 0x0002_0000;
const prefixAt = 128;
const metaAt = 132;
const metaLimits = { bytes: 1 << 16, elements: 256, depth: 1, valueLength: 1 << 15 };
const explicitLittleEndian = { explicit: true, littleEndian: true };

/**
 * Takes a Part 10 file apart. The group length is not needed: the file meta information ends where group 0002 does.
 * Throws DATA_SET_UNREADABLE where the prefix or the Transfer Syntax UID is missing.
 */
export function readPart10(bytes: Uint8Array): Part10 {
  if (Buffer.from(bytes.subarray(prefixAt, metaAt)).toString('latin1') !== 'DICM')
    throw new ScansideError('DATA_SET_UNREADABLE', 'no DICM prefix');
  const rest = bytes.subarray(metaAt);
  const reader = startReading(rest.subarray(0, metaLimits.bytes), metaLimits, explicitLittleEndian);
  const elements = readMeta(reader);
  const transferSyntaxUid = firstString({ elements, littleEndian: true }, tags.TransferSyntaxUID);
  if (!transferSyntaxUid)
    throw new ScansideError('DATA_SET_UNREADABLE', '(0002,0010) Transfer Syntax UID is missing');
  return { transferSyntaxUid, dataSet: rest.subarray(reader.at) };
}

function readMeta(reader: Reader): Map<number, DataElement> {
  try {
    return readElements(reader, (tag) => tag >>> 16 !== 0x0002);
  } catch (error) {
    if (!(error instanceof EndOfBytes)) throw error;
    throw new ScansideError('DATA_SET_UNREADABLE', `file meta information: ${error.message}`);
  }
}

/** What the file meta information names of a data set. */
export interface Part10Meta {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
}

/** Puts preamble, prefix and file meta information before a data set. */
export function writePart10(meta: Part10Meta, dataSet: Uint8Array): Uint8Array {
  const information = Buffer.concat([
    longElement(tags.FileMetaInformationVersion, 'OB', Buffer.from([0, 1])),
    textElement(tags.MediaStorageSOPClassUID, 'UI', meta.sopClassUid),
    textElement(tags.MediaStorageSOPInstanceUID, 'UI', meta.sopInstanceUid),
    textElement(tags.TransferSyntaxUID, 'UI', meta.transferSyntaxUid),
    textElement(tags.ImplementationClassUID, 'UI', implementationClassUid),
    textElement(tags.ImplementationVersionName, 'SH', implementationVersionName),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(information.length);
  const start = Buffer.alloc(metaAt);
  start.write('DICM', prefixAt);
  return Buffer.concat([start, shortElement(groupLength, 'UL', length), information, dataSet]);
}

function textElement(tag: number, vr: string, text: string): Buffer {
  const padding = vr === 'UI' ? '\0' : ' ';
  return shortElement(tag, vr, Buffer.from(text.length % 2 === 0 ? text : text + padding));
}

function shortElement(tag: number, vr: string, value: Buffer): Buffer {
  const header = elementHeader(tag, vr, 8);
  header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, value]);
}

function longElement(tag: number, vr: string, value: Buffer): Buffer {
  const header = elementHeader(tag, vr, 12);
  header.writeUInt32LE(value.length, 8);
  return Buffer.concat([header, value]);
}

function elementHeader(tag: number, vr: string, size: number): Buffer {
  const header = Buffer.alloc(size);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(vr, 4, 'latin1');
  return header;
}
