import { data, type Element, type Elements } from 'dcmjs';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { type Keyword, isKeyword, tags } from '../dicom/tag.ts';
import { valueRepresentation } from '../dicom/value-representation.ts';

/** Text, several values of it, numbers, or items of a sequence. An empty string is present and empty (type 2). */
export type AttributeValue = string | readonly string[] | readonly number[] | readonly Attributes[];

/** A data set or an item to be written. An attribute that is undefined is absent. */
export type Attributes = { readonly [K in Keyword]?: AttributeValue | undefined };

/**
 * Writes attributes as an Explicit VR Little Endian data set, elements in order of tag, text in UTF-8. The same
 * attributes give the same bytes. Values are written as they are, too long ones too: a copied identifier must not change.
 */
export function encodeAttributes(attributes: Attributes): Uint8Array {
  const stream = new data.WriteBufferStream(4096, true);
  data.DicomMessage.write(toElements(attributes), stream, explicitVrLittleEndian, {
    allowInvalidVRLength: true,
  });
  return new Uint8Array(stream.getBuffer());
}

function toElements(attributes: Attributes): Elements {
  const elements: Elements = {};
  for (const keyword of Object.keys(attributes).filter(isKeyword)) {
    const value = attributes[keyword];
    if (value !== undefined) elements[hexadecimal(tags[keyword])] = toElement(keyword, value);
  }
  return elements;
}

function toElement(keyword: Keyword, value: AttributeValue): Element {
  const vr = valueRepresentation(tags[keyword]) ?? 'UN';
  if (typeof value === 'string') return { vr, Value: value === '' ? [] : [value] };
  return { vr, Value: value.map((each) => (typeof each === 'object' ? toElements(each) : each)) };
}

function hexadecimal(tag: number): string {
  return tag.toString(16).padStart(8, '0').toUpperCase();
}
