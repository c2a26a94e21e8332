import { ScansideError } from '../../device/errors.ts';
import type { DataElement, DataSet, ReadLimits } from './data-set.ts';
import { formatTag, tags } from './tag.ts';
import { valueRepresentation } from './value-representation.ts';

/** How a transfer syntax writes elements (PS3.5 A). */
export interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

/** The state of one reading; changed by every function here that takes it. */
export interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limits: ReadLimits;
  encoding: Encoding;
  /** The next byte to read. */
  at: number;
  /** Where the innermost sequence or item of defined length ends; undefined outside of any. */
  bound: number | undefined;
  /** Elements, items and fragments read so far. */
  read: number;
}

/** The bytes ended inside an element: more of them may help. */
export class EndOfBytes extends Error {}

type Ends = (tag: number) => boolean;

const item = 0xfffe_e000;
const itemDelimitation = 0xfffe_e00d;
const sequenceDelimitation = 0xfffe_e0dd;
const undefinedLength = 0xffff_ffff;
const implicitLittleEndian: Encoding = { explicit: false, littleEndian: true };
const pixelData = new Set<number>([tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData]);

/** VRs whose explicit form has a 16-bit length (PS3.5 7.1.2); every other one, a future one too, has 32 bits. */
export const shortForm = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '),
);

export function startReading(bytes: Uint8Array, limits: ReadLimits, encoding: Encoding): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, limits, encoding, at: 0, bound: undefined, read: 0 };
}

/** Reads elements up to the first that `ends` them or to the end of the bytes. Throws EndOfBytes inside an element. */
export function readElements(reader: Reader, ends: Ends, depth = 0): Map<number, DataElement> {
  const elements = new Map<number, DataElement>();
  while (reader.at < end(reader) && !ends(peekTag(reader))) {
    const start = reader.at;
    const element = readElement(reader, depth);
    if (elements.has(element.tag)) refuse(element.tag, start, 'is there twice');
    elements.set(element.tag, element);
  }
  return elements;
}

function readElement(reader: Reader, depth: number): DataElement {
  const start = reader.at;
  count(reader);
  const { tag, vr, length } = readElementHeader(reader);
  if (tag >>> 16 === 0xfffe) refuse(tag, start, 'is a delimiter where an element belongs');
  if (vr === 'SQ') return readSequence(reader, tag, length, depth);
  if (length === undefinedLength) return readUndefined(reader, tag, vr, depth);
  if (length > reader.limits.valueLength && !pixelData.has(tag))
    refuse(tag, start, `has a value of ${length} bytes; ${reader.limits.valueLength} are allowed`);
  return { tag, vr, value: take(reader, length, tag) };
}

function readElementHeader(reader: Reader): { tag: number; vr: string; length: number } {
  const start = reader.at;
  const tag = peekTag(reader);
  need(reader, 8, tag);
  reader.at += 8;
  if (!reader.encoding.explicit || tag >>> 16 === 0xfffe)
    return { tag, vr: valueRepresentation(tag) ?? 'UN', length: uint32(reader, start + 4) };
  const vr = String.fromCharCode(reader.bytes[start + 4]!, reader.bytes[start + 5]!);
  if (!/^[A-Z]{2}$/.test(vr)) refuse(tag, start, 'has no value representation');
  if (shortForm.has(vr)) return { tag, vr, length: uint16(reader, start + 6) };
  need(reader, 4, tag);
  reader.at += 4;
  return { tag, vr, length: uint32(reader, start + 8) };
}

/** An undefined length means fragments for pixel data, and otherwise a sequence of unknown VR (PS3.5 6.2.2). */
function readUndefined(reader: Reader, tag: number, vr: string, depth: number): DataElement {
  if (vr === 'OB' || vr === 'OW') return readFragments(reader, tag, vr);
  if (vr !== 'UN') refuse(tag, reader.at, `has VR ${vr} and an undefined length`);
  const { encoding } = reader;
  reader.encoding = implicitLittleEndian;
  const sequence = readSequence(reader, tag, undefinedLength, depth);
  reader.encoding = encoding;
  return sequence;
}

function readSequence(reader: Reader, tag: number, length: number, depth: number): DataElement {
  if (depth >= reader.limits.depth) refuse(tag, reader.at, 'is nested too deeply');
  const outer = enter(reader, length, tag);
  const delimited = length === undefinedLength;
  const items: DataSet[] = [];
  for (;;) {
    if (!delimited && reader.at === reader.bound) break;
    const header = readItemHeader(reader, tag);
    if (delimited && header.tag === sequenceDelimitation) break;
    if (header.tag !== item) refuse(tag, reader.at, 'holds something that is no item');
    items.push(readItem(reader, header.length, depth + 1));
  }
  reader.bound = outer;
  return { tag, vr: 'SQ', value: new Uint8Array(0), items };
}

function readItem(reader: Reader, length: number, depth: number): DataSet {
  const outer = enter(reader, length, item);
  const delimited = length === undefinedLength;
  const elements = readElements(reader, (tag) => delimited && tag === itemDelimitation, depth);
  if (delimited) readItemHeader(reader, itemDelimitation);
  reader.bound = outer;
  return { elements, littleEndian: reader.encoding.littleEndian };
}

function readFragments(reader: Reader, tag: number, vr: string): DataElement {
  const fragments: Uint8Array[] = [];
  for (;;) {
    const header = readItemHeader(reader, tag);
    if (header.tag === sequenceDelimitation) break;
    if (header.tag !== item) refuse(tag, reader.at, 'holds something that is no fragment');
    fragments.push(take(reader, header.length, tag));
  }
  return { tag, vr, value: new Uint8Array(0), fragments };
}

function readItemHeader(reader: Reader, within: number): { tag: number; length: number } {
  count(reader);
  need(reader, 8, within);
  const header = { tag: peekTag(reader), length: uint32(reader, reader.at + 4) };
  reader.at += 8;
  return header;
}

/** Narrows the bound to a defined length; returns the bound to restore. */
function enter(reader: Reader, length: number, tag: number): number | undefined {
  const outer = reader.bound;
  if (length === undefinedLength) return outer;
  need(reader, length, tag);
  reader.bound = reader.at + length;
  return outer;
}

function take(reader: Reader, length: number, tag: number): Uint8Array {
  need(reader, length, tag);
  reader.at += length;
  return reader.bytes.subarray(reader.at - length, reader.at);
}

function end(reader: Reader): number {
  return reader.bound ?? reader.bytes.length;
}

function need(reader: Reader, length: number, tag: number): void {
  if (reader.at + length <= end(reader)) return;
  if (reader.bound === undefined)
    throw new EndOfBytes(`${formatTag(tag)} at byte ${reader.at} goes past the end`);
  refuse(tag, reader.at, 'goes past the end of the sequence or item that holds it');
}

function count(reader: Reader): void {
  reader.read += 1;
  if (reader.read > reader.limits.elements)
    throw new ScansideError('DATA_SET_UNREADABLE', `more than ${reader.limits.elements} elements`);
}

function peekTag(reader: Reader): number {
  need(reader, 4, 0);
  return ((uint16(reader, reader.at) << 16) | uint16(reader, reader.at + 2)) >>> 0;
}

function uint16(reader: Reader, at: number): number {
  return reader.view.getUint16(at, reader.encoding.littleEndian);
}

function uint32(reader: Reader, at: number): number {
  return reader.view.getUint32(at, reader.encoding.littleEndian);
}

function refuse(tag: number, at: number, why: string): never {
  throw new ScansideError('DATA_SET_UNREADABLE', `${formatTag(tag)} at byte ${at} ${why}`);
}
