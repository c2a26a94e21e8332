import { ScansideError } from '../../device/errors.ts';
import type { DataElement } from './data-set.ts';
import { EndOfBytes, readElements, startReading } from './element-reader.ts';
import type { Reader } from './element-reader.ts';
import { tags } from './tag.ts';
import { firstString } from './value.ts';

/** A Part 10 file taken apart (PS3.10 7.1). */
export interface Part10 {
  transferSyntaxUid: string;
  /** The data set after the file meta information: a view, still in its transfer syntax. */
  dataSet: Uint8Array;
}

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
