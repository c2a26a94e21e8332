import { ScansideError } from '../../device/errors.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/preprocess.ts';
import { type DataSet, headerLimits, readDataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstInteger, firstNumber, firstString } from '../dicom/value.ts';

export type NotAnalysed = Extract<InstanceResult, { state: 'not-analysed' }>;

/** Bytes of the largest instance that is read into memory. */
export const largestInstance = 512 << 20;

/** Implicit and explicit VR little endian (PS3.5 A.1, A.2): the pixels lie there as they are. */
const uncompressed = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1']);

/** The Image Pixel attributes that say how samples lie in Pixel Data (PS3.5 8.1.1). */
interface SampleFormat {
  rows: number;
  columns: number;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
}

function unreadable(detail: string): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', detail);
}

function integer(dataSet: DataSet, keyword: keyof typeof tags, low: number, high: number): number {
  const value = firstInteger(dataSet, tags[keyword]);
  if (value === undefined) throw unreadable(`${keyword} is missing or no integer`);
  if (value < low || value > high) throw unreadable(`${keyword} is ${value}`);
  return value;
}

function readFormat(dataSet: DataSet): SampleFormat {
  integer(dataSet, 'SamplesPerPixel', 1, 1);
  if ((firstInteger(dataSet, tags.NumberOfFrames) ?? 1) !== 1)
    throw unreadable('the object has more than one frame');
  const bitsAllocated = integer(dataSet, 'BitsAllocated', 8, 16);
  if (bitsAllocated % 8 !== 0) throw unreadable(`BitsAllocated is ${bitsAllocated}`);
  const bitsStored = integer(dataSet, 'BitsStored', 1, bitsAllocated);
  return {
    rows: integer(dataSet, 'Rows', 1, 0xffff),
    columns: integer(dataSet, 'Columns', 1, 0xffff),
    bitsAllocated,
    bitsStored,
    highBit: integer(dataSet, 'HighBit', bitsStored - 1, bitsAllocated - 1),
    signed: integer(dataSet, 'PixelRepresentation', 0, 1) === 1,
  };
}

function readPhotometric(dataSet: DataSet): StoredImage['photometric'] {
  const photometric = firstString(dataSet, tags.PhotometricInterpretation);
  if (photometric === 'MONOCHROME1' || photometric === 'MONOCHROME2') return photometric;
  throw unreadable(`PhotometricInterpretation is ${photometric?.slice(0, 16) ?? 'missing'}`);
}

/** Reads whole words and keeps the stored bits alone: older objects hold overlays in the others. */
function readSamples(bytes: Uint8Array, format: SampleFormat): Float32Array {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed } = format;
  const count = rows * columns;
  const width = bitsAllocated / 8;
  if (bytes.length < count * width)
    throw unreadable(`Pixel Data has ${bytes.length} of ${count * width} bytes`);
  const values = new Float32Array(count);
  // Shifting the highest stored bit up to the sign bit and back down drops all others and extends the sign.
  const [up, down] = [31 - highBit, 32 - bitsStored];
  for (let at = 0; at < count; at++) {
    const word =
      width === 1 ? (bytes[at] ?? 0) : (bytes[2 * at] ?? 0) | ((bytes[2 * at + 1] ?? 0) << 8);
    values[at] = signed ? (word << up) >> down : (word << up) >>> down;
  }
  return values;
}

function rangeOf({ bitsStored, signed }: SampleFormat): [number, number] {
  const half = 2 ** (bitsStored - 1);
  return signed ? [-half, half - 1] : [0, 2 * half - 1];
}

/** The image of a data set with uncompressed little-endian pixels. Throws DATA_SET_UNREADABLE. */
export function readStoredImage(dataSet: DataSet): StoredImage {
  if (dataSet.elements.has(tags.ModalityLUTSequence))
    throw unreadable('a Modality LUT Sequence cannot be applied yet');
  const format = readFormat(dataSet);
  const element = dataSet.elements.get(tags.PixelData);
  if (!element) throw unreadable('Pixel Data is missing');
  const slope = firstNumber(dataSet, tags.RescaleSlope) ?? 1;
  if (slope === 0) throw unreadable('RescaleSlope is 0');
  return {
    rows: format.rows,
    columns: format.columns,
    values: readSamples(element.value, format),
    range: rangeOf(format),
    photometric: readPhotometric(dataSet),
    slope,
    intercept: firstNumber(dataSet, tags.RescaleIntercept) ?? 0,
  };
}

/** The image of an instance, or the coded reason why it cannot be analysed. Throws only for a bug of ours. */
export function readPixels(
  bytes: Uint8Array,
  transferSyntaxUid: string,
): { state: 'read'; image: StoredImage } | NotAnalysed {
  if (!uncompressed.has(transferSyntaxUid))
    return {
      state: 'not-analysed',
      reason: 'unsupported-syntax',
      detail: `transfer syntax ${transferSyntaxUid.slice(0, 64)}`,
    };
  try {
    const limits = { ...headerLimits, bytes: largestInstance };
    const image = readStoredImage(readDataSet(bytes, transferSyntaxUid, limits));
    return { state: 'read', image };
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}
