import type { DataElement } from '../runtime/dicom/data-set.ts';

/** Bytes that a big endian file has in turn, by VR. */
const swapped: Readonly<Record<string, number>> = {
  AT: 2,
  FD: 8,
  FL: 4,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  OW: 2,
  SL: 4,
  SS: 2,
  SV: 8,
  UL: 4,
  US: 2,
  UV: 8,
};

/** A value in little endian. Bytes that do not fill a last number are left out. */
export function littleEndianValue({ value, vr }: DataElement, littleEndian: boolean): Uint8Array {
  const size = swapped[vr] ?? 1;
  const whole = value.subarray(0, value.length - (value.length % size));
  if (littleEndian || size === 1) return whole;
  const bytes = Buffer.from(whole);
  if (size === 2) return bytes.swap16();
  return size === 4 ? bytes.swap32() : bytes.swap64();
}

/** At most six digits before the point: a longer number may be one that somebody was given. */
const plainNumber = /^[+-]?(\d{1,6}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?$/;

/** An element of numbers, as text or binary, with at most `most` of them; undefined where it is something else. */
export function numbersIn(
  element: DataElement,
  littleEndian: boolean,
  most: number,
): DataElement | undefined {
  const size = swapped[element.vr];
  if (size) {
    const value = littleEndianValue(element, littleEndian);
    return value.length > 0 && value.length <= size * most ? { ...element, value } : undefined;
  }
  const texts = Buffer.from(element.value).toString('latin1').replaceAll('\0', ' ').split('\\');
  const numbers = texts.map((text) => text.trim());
  if (numbers.every((text) => text === '')) return { ...element, value: Buffer.alloc(0) };
  if (numbers.length > most || !numbers.every((text) => plainNumber.test(text))) return undefined;
  return { ...element, value: Buffer.from(numbers.join('\\')) };
}
