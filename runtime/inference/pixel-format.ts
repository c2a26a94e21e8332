import { type DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { firstInteger, firstString } from '../dicom/value.ts';
import { unreadable } from './unreadable-image.ts';

/** Photometric Interpretations (0028,0004) whose pixels can be made grey or RGB (PS3.3 C.7.6.3.1.2). */
const photometrics = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  'PALETTE COLOR': 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
} as const;

export type Photometric = keyof typeof photometrics;

/** The Image Pixel attributes that say how samples lie in Pixel Data (PS3.5 8.1.1). */
export interface PixelFormat {
  rows: number;
  columns: number;
  /** Samples of one pixel. */
  samples: 1 | 3;
  photometric: Photometric;
  bitsAllocated: 1 | 8 | 16 | 32;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  /** Planar Configuration (0028,0006) 1: all of one sample, then all of the next. */
  planar: boolean;
  frames: number;
}

function integer(dataSet: DataSet, keyword: Keyword, low: number, high: number): number {
  const value = firstInteger(dataSet, tags[keyword]);
  if (value === undefined) throw unreadable(`${keyword} is missing or no integer`);
  if (value < low || value > high) throw unreadable(`${keyword} is ${value}`);
  return value;
}

function optional(
  dataSet: DataSet,
  keyword: Keyword,
  low: number,
  high: number,
  absent: number,
): number {
  const isThere = dataSet.elements.get(tags[keyword])?.value.length;
  return isThere ? integer(dataSet, keyword, low, high) : absent;
}

function readPhotometric(dataSet: DataSet): Photometric {
  const text = firstString(dataSet, tags.PhotometricInterpretation);
  if (text !== undefined && Object.hasOwn(photometrics, text)) return text as Photometric;
  throw unreadable(`PhotometricInterpretation is ${text?.slice(0, 16) ?? 'missing'}`);
}

function readSamples(dataSet: DataSet, photometric: Photometric): 1 | 3 {
  const samples = integer(dataSet, 'SamplesPerPixel', 1, 3);
  const expected = photometrics[photometric];
  if (samples !== expected) throw unreadable(`SamplesPerPixel is ${samples} in ${photometric}`);
  return expected;
}

function readAllocated(dataSet: DataSet): PixelFormat['bitsAllocated'] {
  const bits = integer(dataSet, 'BitsAllocated', 1, 32);
  if (bits === 1 || bits === 8 || bits === 16 || bits === 32) return bits;
  throw unreadable(`BitsAllocated is ${bits}`);
}

/** Reads and checks the Image Pixel module. Throws DATA_SET_UNREADABLE. */
export function readPixelFormat(dataSet: DataSet): PixelFormat {
  const photometric = readPhotometric(dataSet);
  const samples = readSamples(dataSet, photometric);
  const bitsAllocated = readAllocated(dataSet);
  const bitsStored = integer(dataSet, 'BitsStored', 1, bitsAllocated);
  return {
    rows: integer(dataSet, 'Rows', 1, 0xffff),
    columns: integer(dataSet, 'Columns', 1, 0xffff),
    samples,
    photometric,
    bitsAllocated,
    bitsStored,
    highBit: integer(dataSet, 'HighBit', bitsStored - 1, bitsAllocated - 1),
    signed: integer(dataSet, 'PixelRepresentation', 0, 1) === 1,
    planar: samples === 3 && optional(dataSet, 'PlanarConfiguration', 0, 1, 0) === 1,
    frames: optional(dataSet, 'NumberOfFrames', 1, 0x7fff_ffff, 1),
  };
}

/** Smallest and largest value that can be stored. */
export function rangeOf({ bitsStored, signed }: PixelFormat): [number, number] {
  const half = 2 ** (bitsStored - 1);
  return signed ? [-half, half - 1] : [0, 2 * half - 1];
}
