import { ScansideError } from '../../device/errors.ts';
import { inflateWithin, tryInflate } from './deflate.ts';
import type { Start } from './deflate.ts';
import { EndOfBytes, readElements, startReading } from './element-reader.ts';
import type { Reader } from './element-reader.ts';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  implicitVrLittleEndian,
} from './transfer-syntax.ts';

/** One data element. The bytes are a view into the data set, not a copy. */
export interface DataElement {
  /** Group and element number, such as 0x00100020. */
  tag: number;
  /** Two letters. Implicit VR: from `tag.ts`, or `UN` where the attribute is not known there. */
  vr: string;
  /** Bytes as in the file, in its byte order, padding included; empty for a sequence and for fragments. */
  value: Uint8Array;
  /** Items of a sequence. */
  items?: DataSet[];
  /** Encapsulated pixel data: its fragments in order, the Basic Offset Table first (PS3.5 A.4). */
  fragments?: Uint8Array[];
}

/** A data set or an item of a sequence. */
export interface DataSet {
  readonly elements: ReadonlyMap<number, DataElement>;
  readonly littleEndian: boolean;
}

/** What a reader may spend on one data set. Nothing is allocated before its length has been checked. */
export interface ReadLimits {
  /** Bytes read in all, after inflation. */
  bytes: number;
  /** Elements, items and fragments in all, at every depth. */
  elements: number;
  /** Sequences within sequences. */
  depth: number;
  /** Bytes of one value; the value of a pixel data element is exempt. */
  valueLength: number;
}

/** For the header of an instance that comes from the network. */
export const headerLimits: ReadLimits = {
  bytes: 1 << 20,
  elements: 16_384,
  depth: 8,
  valueLength: 1 << 20,
};

/**
 * `more`: the bytes ended before the reader reached its end: feed a longer prefix. `end` is where the first element
 * past the header starts, counted after inflation where the transfer syntax is deflated.
 */
export type HeaderReading =
  { state: 'complete'; dataSet: DataSet; end: number } | { state: 'more' };

/**
 * Reads the elements up to `lastGroup` from the start of a data set (no preamble, no file meta information) of which
 * perhaps only a prefix has arrived. `atEnd`: no more bytes will come. Throws DATA_SET_UNREADABLE where the bytes
 * break PS3.5 or a limit, or end inside an element at the end.
 */
export function readHeader(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  limits: ReadLimits,
  atEnd: boolean,
  lastGroup = 0x0028,
): HeaderReading {
  const start = startWithin(bytes, transferSyntaxUid, limits);
  const reader = openReader(start.bytes, transferSyntaxUid, limits);
  const ended = tryReading(() => readElements(reader, (tag) => isPast(tag, lastGroup)));
  const open = ended instanceof EndOfBytes || reader.at === start.bytes.length;
  if (open && start.cut) throw tooLong(limits);
  if (open && !atEnd) return { state: 'more' };
  if (ended instanceof EndOfBytes) throw unreadable(ended);
  return { state: 'complete', dataSet: asDataSet(reader, ended), end: reader.at };
}

/**
 * Reads a whole data set (no preamble, no file meta information), pixel data included. Throws DATA_SET_UNREADABLE
 * where the bytes break PS3.5 or a limit.
 */
export function readDataSet(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  limits: ReadLimits,
): DataSet {
  const isDeflated = transferSyntaxUid === deflatedExplicitVrLittleEndian;
  const whole = isDeflated ? tryInflate(bytes, limits.bytes) : bytes;
  if (!whole || whole.length > limits.bytes) throw tooLong(limits);
  const reader = openReader(whole, transferSyntaxUid, limits);
  const elements = tryReading(() => readElements(reader, () => false));
  if (elements instanceof EndOfBytes) throw unreadable(elements);
  return asDataSet(reader, elements);
}

/** A delimiter of a sequence is past nothing: at the top of a data set it is damage. */
function isPast(tag: number, lastGroup: number): boolean {
  const group = tag >>> 16;
  return group > lastGroup && group !== 0xfffe;
}

function startWithin(bytes: Uint8Array, transferSyntaxUid: string, limits: ReadLimits): Start {
  if (transferSyntaxUid === deflatedExplicitVrLittleEndian)
    return inflateWithin(bytes, limits.bytes);
  return { bytes: bytes.subarray(0, limits.bytes), cut: bytes.length > limits.bytes };
}

function openReader(bytes: Uint8Array, transferSyntaxUid: string, limits: ReadLimits): Reader {
  return startReading(bytes, limits, {
    explicit: transferSyntaxUid !== implicitVrLittleEndian,
    littleEndian: transferSyntaxUid !== explicitVrBigEndian,
  });
}

function tryReading<T>(read: () => T): T | EndOfBytes {
  try {
    return read();
  } catch (error) {
    if (error instanceof EndOfBytes) return error;
    throw error;
  }
}

function asDataSet(reader: Reader, elements: Map<number, DataElement>): DataSet {
  return { elements, littleEndian: reader.encoding.littleEndian };
}

function unreadable(end: EndOfBytes): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', end.message);
}

function tooLong(limits: ReadLimits): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', `longer than ${limits.bytes} bytes`);
}
