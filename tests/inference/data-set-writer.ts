import type { DataElement, DataSet } from '../../runtime/dicom/data-set.ts';

/** How to write: the native transfer syntaxes differ in these two. */
export interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

const shortForm = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '),
);
const wordSizes: Record<string, number> = {
  AT: 2,
  US: 2,
  SS: 2,
  OW: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  OF: 4,
  OL: 4,
  FD: 8,
  OD: 8,
  OV: 8,
};

function uint16(value: number, { littleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(2);
  if (littleEndian) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number, { littleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

function tagBytes(tag: number, encoding: Encoding): Buffer {
  return Buffer.concat([uint16(tag >>> 16, encoding), uint16(tag & 0xffff, encoding)]);
}

/** Values are little endian in memory; big endian turns every word round. */
function inOrder({ value, vr }: DataElement, { littleEndian }: Encoding): Buffer {
  const size = wordSizes[vr] ?? 1;
  const bytes = Buffer.from(value);
  if (littleEndian || size === 1) return bytes;
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

function withHeader(element: DataElement, length: number, encoding: Encoding, content: Buffer) {
  const { tag, vr } = element;
  const header = encoding.explicit
    ? shortForm.has(vr)
      ? Buffer.concat([Buffer.from(vr), uint16(length, encoding)])
      : Buffer.concat([Buffer.from(vr), uint16(0, encoding), uint32(length, encoding)])
    : uint32(length, encoding);
  return Buffer.concat([tagBytes(tag, encoding), header, content]);
}

function item(content: Buffer, encoding: Encoding): Buffer {
  return Buffer.concat([
    tagBytes(0xfffe_e000, encoding),
    uint32(content.length, encoding),
    content,
  ]);
}

function writeElement(element: DataElement, encoding: Encoding): Buffer {
  if (element.fragments) {
    const items = element.fragments.map((fragment) => item(Buffer.from(fragment), encoding));
    const end = Buffer.concat([tagBytes(0xfffe_e0dd, encoding), uint32(0, encoding)]);
    return withHeader(element, 0xffff_ffff, encoding, Buffer.concat([...items, end]));
  }
  const content = element.items
    ? Buffer.concat(element.items.map((each) => item(writeDataSet(each, encoding), encoding)))
    : inOrder(element, encoding);
  return withHeader(element, content.length, encoding, content);
}

/** Writes a data set, whose values are little endian, in any native encoding. */
export function writeDataSet({ elements }: DataSet, encoding: Encoding): Buffer {
  const sorted = [...elements.values()].toSorted((a, b) => a.tag - b.tag);
  return Buffer.concat(sorted.map((element) => writeElement(element, encoding)));
}
