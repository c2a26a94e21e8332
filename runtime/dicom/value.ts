import { decodeAscii, decodePersonName, decodeText } from './character-set.ts';
import type { DataElement, DataSet } from './data-set.ts';
import { trimPadding, trimPaddingEnd } from './padding.ts';
import { tags } from './tag.ts';
import { valueRepresentation } from './value-representation.ts';

/** VRs that Specific Character Set governs (PS3.5 6.1.2.3); every other text is plain ASCII. */
const charsetGoverned = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
/** VRs whose value is one text in which a backslash is a character like any other. */
const singleText = new Set(['LT', 'ST', 'UR', 'UT']);

interface BinaryNumber {
  size: number;
  read(view: DataView, at: number, littleEndian: boolean): number;
}

const binaryNumbers: Record<string, BinaryNumber> = {
  US: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  SS: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  OW: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  UL: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/**
 * The character sets that govern a data set. An item of a sequence without its own takes those of the data set
 * around it: pass them on as `charset`.
 */
export function characterSets(dataSet: DataSet): string[] {
  return allStrings(dataSet, tags.SpecificCharacterSet);
}

/** The first value as text, without padding; undefined where the attribute is absent or that value is empty. */
export function firstString(
  dataSet: DataSet,
  tag: number,
  charset?: readonly string[],
): string | undefined {
  return allStrings(dataSet, tag, charset)[0] || undefined;
}

/**
 * All values as text, without padding; an empty value among others is an empty string. No values where the attribute
 * is absent, empty or a sequence. `charset` is by default the data set's own.
 */
export function allStrings(dataSet: DataSet, tag: number, charset?: readonly string[]): string[] {
  const element = dataSet.elements.get(tag);
  if (!element || element.value.length === 0) return [];
  const vr = representationOf(element);
  const text = charsetGoverned.has(vr)
    ? decode(element.value, vr, charset ?? characterSets(dataSet))
    : decodeAscii(element.value);
  if (singleText.has(vr)) return [trimPaddingEnd(text)];
  return text.split('\\').map(trimPadding);
}

/** The first value of a numeric attribute, binary or text; undefined where it is absent or no whole number. */
export function firstInteger(dataSet: DataSet, tag: number): number | undefined {
  const number = firstNumber(dataSet, tag);
  return Number.isInteger(number) ? number : undefined;
}

/** The first value of a numeric attribute, binary or text; undefined where it is absent or no finite number. */
export function firstNumber(dataSet: DataSet, tag: number): number | undefined {
  return allNumbers(dataSet, tag)[0];
}

/** All values of a numeric attribute, binary or text; undefined in place of one that is no finite number. */
export function allNumbers(dataSet: DataSet, tag: number): (number | undefined)[] {
  const element = dataSet.elements.get(tag);
  if (!element) return [];
  const binary = binaryNumbers[representationOf(element)];
  if (!binary) return allStrings(dataSet, tag).map(parseNumber);
  return readBinary(element, binary, dataSet.littleEndian || element.vr === 'UN');
}

/** A known attribute that came as UN is read as what it is; its bytes are little endian (PS3.5 6.2.2). */
function representationOf(element: DataElement): string {
  return element.vr === 'UN' ? (valueRepresentation(element.tag) ?? 'UN') : element.vr;
}

function decode(bytes: Uint8Array, vr: string, charset: readonly string[]): string {
  return (vr === 'PN' ? decodePersonName : decodeText)(bytes, charset).text;
}

function readBinary(element: DataElement, binary: BinaryNumber, littleEndian: boolean) {
  const { buffer, byteOffset, byteLength } = element.value;
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: Math.floor(byteLength / binary.size) }, (_, index) => {
    const number = binary.read(view, index * binary.size, littleEndian);
    return Number.isFinite(number) ? number : undefined;
  });
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined;
}
