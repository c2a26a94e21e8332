import type { LookupTable } from '../../models/stored-image.ts';
import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allNumbers } from '../dicom/value.ts';
import { unreadable } from './unreadable-image.ts';

/** "US or SS" that came as US although the pixels are signed. */
export function asSigned(value: number, signed: boolean): number {
  return signed && value > 0x7fff ? value - 0x1_0000 : value;
}

function readEntries(
  { value }: DataElement,
  { count, bits, littleEndian }: { count: number; bits: number; littleEndian: boolean },
): Uint16Array {
  // Tables of 8 bits may have a byte for an entry, whatever their VR.
  if (bits <= 8 && count > 1 && value.length === count + (count & 1))
    return Uint16Array.from(value.subarray(0, count));
  if (value.length < 2 * count)
    throw unreadable(`a lookup table has ${value.length} of ${2 * count} bytes`);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Uint16Array.from({ length: count }, (_, at) => view.getUint16(2 * at, littleEndian));
}

/**
 * Reads a lookup table by its descriptor and data (PS3.3 C.11.1.1.1). `signed`: its input may be negative.
 * Throws DATA_SET_UNREADABLE.
 */
export function readLookupTable(
  dataSet: DataSet,
  descriptor: Keyword,
  data: Keyword,
  signed: boolean,
): LookupTable {
  const [count, first, bits] = allNumbers(dataSet, tags[descriptor]);
  const element = dataSet.elements.get(tags[data]);
  if (count === undefined || first === undefined || bits === undefined || !element)
    throw unreadable(`${descriptor} or ${data} is missing`);
  if (bits < 1 || bits > 16) throw unreadable(`${descriptor} names ${bits} bits`);
  // 0 stands for 65536, which no 16 bits can hold.
  const whole = count & 0xffff || 0x1_0000;
  return {
    first: asSigned(first, signed),
    entries: readEntries(element, { count: whole, bits, littleEndian: dataSet.littleEndian }),
    bits,
  };
}
