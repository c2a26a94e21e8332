import type { DataElement, DataSet } from '../../runtime/dicom/data-set.ts';
import { type Keyword, tags } from '../../runtime/dicom/tag.ts';
import {
  explicitVrBigEndian,
  explicitVrLittleEndian,
  findTransferSyntax,
} from '../../runtime/dicom/transfer-syntax.ts';
import { valueRepresentation } from '../../runtime/dicom/value-representation.ts';
import {
  type ImageReading,
  openPixels,
  type OpenPixels,
  type PixelLimits,
} from '../../runtime/inference/pixels.ts';
import { writeDataSet } from './data-set-writer.ts';

type Value = number | string | Uint8Array | Attributes[];

/** Attributes of an object by keyword; an array is the items of a sequence. `fragments` makes Pixel Data encapsulated. */
export type Attributes = { [Name in Keyword]?: Value } & { fragments?: Uint8Array[] };

/** Words in little endian, modulo 2^16. */
export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

/** Three pixels of 16 bits in one row. */
export const plain: Attributes = {
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 1,
  Columns: 3,
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 0,
  PixelData: words(0, 1, 65_535),
};

/** The same in 8 bits. */
export const bytes8: Attributes = { ...plain, BitsAllocated: 8, BitsStored: 8, HighBit: 7 };

/** Pixels of red, green and blue in 8 bits. */
export const colour8: Attributes = {
  ...bytes8,
  SamplesPerPixel: 3,
  PhotometricInterpretation: 'RGB',
  PlanarConfiguration: 0,
};

function valueOf(value: Exclude<Value, Attributes[]>): Uint8Array {
  if (typeof value === 'number') return words(value);
  const bytes = Buffer.from(value);
  return bytes.length % 2 ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes;
}

function elementOf(keyword: Keyword, value: Value): DataElement {
  const tag = tags[keyword];
  const vr = valueRepresentation(tag) ?? 'UN';
  return Array.isArray(value)
    ? { tag, vr: 'SQ', value: new Uint8Array(0), items: value.map(dataSetOf) }
    : { tag, vr, value: valueOf(value) };
}

function dataSetOf({ fragments, ...attributes }: Attributes): DataSet {
  const list = Object.entries(attributes).map(([keyword, value]) =>
    elementOf(keyword as Keyword, value),
  );
  const elements = new Map(list.map((element) => [element.tag, element]));
  if (fragments) {
    const value = new Uint8Array(0);
    elements.set(tags.PixelData, { tag: tags.PixelData, vr: 'OB', value, fragments });
  }
  return { elements, littleEndian: true };
}

/** Writes an object in a native or encapsulated transfer syntax. */
export function writeObject(attributes: Attributes, uid: string = explicitVrLittleEndian): Buffer {
  const explicit = findTransferSyntax(uid)?.explicit ?? true;
  return writeDataSet(dataSetOf(attributes), {
    explicit,
    littleEndian: uid !== explicitVrBigEndian,
  });
}

const limits: PixelLimits = { memoryCap: 1 << 20 };

/** Opens an object that can be opened. */
export async function openObject(attributes: Attributes, uid?: string): Promise<OpenPixels> {
  const bytes = writeObject(attributes, uid);
  const pixels = await openPixels(bytes, uid ?? explicitVrLittleEndian, limits);
  if (pixels.state !== 'read') throw new Error(pixels.detail);
  return pixels;
}

/** Reads a frame, or says why not. */
export async function readObject(
  attributes: Attributes,
  uid: string = explicitVrLittleEndian,
  frame = 0,
): Promise<ImageReading> {
  const pixels = await openPixels(writeObject(attributes, uid), uid, limits);
  return pixels.state === 'read' ? pixels.read(frame) : pixels;
}

/** Reads a frame that can be read. */
export async function imageOf(attributes: Attributes, uid?: string, frame = 0) {
  const reading = await readObject(attributes, uid, frame);
  if (reading.state !== 'read') throw new Error(reading.detail);
  return reading.image;
}
