import { ScansideError } from '../../device/errors.ts';
import type { DataElement, DataSet } from './data-set.ts';
import { shortForm } from './element-reader.ts';
import { formatTag, type Keyword, isKeyword, tags } from './tag.ts';
import { valueRepresentation } from './value-representation.ts';

/** Attributes by keyword: text, a list of texts, a number (US and SS only), items of a sequence; undefined is left out. */
export type Attributes = {
  readonly [keyword in Keyword]?:
    string | readonly string[] | number | readonly Attributes[] | undefined;
};

/** VRs that are padded with a NUL; the texts among the others take a space (PS3.5 6.2). */
const paddedWithNul = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UI', 'UN']);
const longestShortForm = 0xfffe;
const undefinedLength = 0xffff_ffff;
const item = 0xfffe_e000;
const sequenceDelimitation = 0xfffe_e0dd;

/** A data set of attributes that `tag.ts` knows. Text is written as UTF-8; give Specific Character Set accordingly. */
export function dataSetOf(attributes: Attributes): DataSet {
  const elements = Object.entries(attributes).flatMap(([keyword, value]) =>
    isKeyword(keyword) && value !== undefined ? [elementOf(keyword, value)] : [],
  );
  return { elements: new Map(elements.map((each) => [each.tag, each])), littleEndian: true };
}

function elementOf(keyword: Keyword, value: NonNullable<Attributes[Keyword]>): DataElement {
  const tag = tags[keyword];
  const vr = valueRepresentation(tag) ?? 'UN';
  if (typeof value === 'number') return { tag, vr, value: Buffer.of(value & 0xff, value >> 8) };
  if (typeof value === 'string') return { tag, vr, value: Buffer.from(value) };
  if (isTexts(value)) return { tag, vr, value: Buffer.from(value.join('\\')) };
  return { tag, vr, value: Buffer.alloc(0), items: value.map(dataSetOf) };
}

/** An empty list is a sequence without items: a list of texts has at least one. */
function isTexts(values: readonly string[] | readonly Attributes[]): values is readonly string[] {
  return typeof values[0] === 'string';
}

/** Pixel data in fragments with an empty Basic Offset Table, one fragment a frame (PS3.5 A.4). */
export function encapsulated(frames: readonly Uint8Array[]): DataElement {
  const fragments = [new Uint8Array(0), ...frames];
  return { tag: tags.PixelData, vr: 'OB', value: new Uint8Array(0), fragments };
}

/**
 * Encodes a data set in Explicit VR Little Endian, elements in ascending order, sequences and items of defined length.
 * Values of a big endian data set must have been swapped before. Throws INTERNAL for a value too long for its VR.
 */
export function encodeDataSet({ elements }: DataSet): Buffer {
  const ordered = [...elements.values()].toSorted((one, other) => one.tag - other.tag);
  return Buffer.concat(ordered.map(encodeElement));
}

function encodeElement(element: DataElement): Buffer {
  const { tag, vr, value, items, fragments } = element;
  if (fragments)
    return Buffer.concat([longHeader(tag, vr, undefinedLength), ...inItems(fragments)]);
  if (items) {
    const content = Buffer.concat(items.flatMap((each) => inItem(encodeDataSet(each))));
    return Buffer.concat([longHeader(tag, 'SQ', content.length), content]);
  }
  const padded = pad(value, paddedWithNul.has(vr) ? 0 : 0x20);
  if (!shortForm.has(vr)) return Buffer.concat([longHeader(tag, vr, padded.length), padded]);
  if (padded.length > longestShortForm)
    throw new ScansideError('INTERNAL', `${formatTag(tag)} of ${padded.length} bytes as ${vr}`);
  const header = Buffer.concat([tagBytes(tag), Buffer.from(vr), Buffer.alloc(2)]);
  header.writeUInt16LE(padded.length, 6);
  return Buffer.concat([header, padded]);
}

function inItems(fragments: readonly Uint8Array[]): Buffer[] {
  return [...fragments.flatMap(inItem), lengthHeader(sequenceDelimitation, 0)];
}

function inItem(content: Uint8Array): Buffer[] {
  const padded = pad(content, 0);
  return [lengthHeader(item, padded.length), padded];
}

function pad(value: Uint8Array, padding: number): Buffer {
  return Buffer.concat(value.length % 2 === 0 ? [value] : [value, Buffer.of(padding)]);
}

function longHeader(tag: number, vr: string, length: number): Buffer {
  const header = Buffer.concat([tagBytes(tag), Buffer.from(vr), Buffer.alloc(6)]);
  header.writeUInt32LE(length, 8);
  return header;
}

function lengthHeader(tag: number, length: number): Buffer {
  const header = Buffer.concat([tagBytes(tag), Buffer.alloc(4)]);
  header.writeUInt32LE(length, 4);
  return header;
}

function tagBytes(tag: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  return bytes;
}
