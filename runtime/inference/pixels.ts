import { ScansideError } from '../../device/errors.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { type DataElement, type DataSet, type ReadLimits, readDataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from '../dicom/transfer-syntax.ts';
import { codecs } from './codec-table.ts';
import { toRgb } from './colour.ts';
import { splitFrames } from './encapsulated.ts';
import { frameScopes } from './functional-group.ts';
import { readImageAttributes } from './image-attributes.ts';
import { type PixelFormat, rangeOf, readPixelFormat } from './pixel-format.ts';
import {
  nativeFrameBytes,
  readNative,
  type Samples,
  samplesOf,
  storedValues,
  swapPairs,
} from './samples.ts';
import { unreadable } from './unreadable-image.ts';

export type NotAnalysed = Extract<InstanceResult, { state: 'not-analysed' }>;
export type ImageReading = { state: 'read'; image: StoredImage } | NotAnalysed;

/** An instance whose pixels can be read frame by frame. */
export interface OpenPixels {
  state: 'read';
  /** Number of Frames (0028,0008); 1 where absent. */
  frames: number;
  /** Reads one frame, counted from 0, and decodes no other. Never rejects but for a bug of ours. */
  read(frame: number): Promise<ImageReading>;
}

export interface PixelLimits {
  /** Bytes of one frame as it is returned. A codec may take eight times as much, and 64 MiB, while it decodes. */
  memoryCap: number;
}

/** Bytes of the largest instance that is read into memory. */
export const largestInstance = 512 << 20;

/** An enhanced object has some forty elements for each of its frames. */
const limits: ReadLimits = {
  bytes: largestInstance,
  elements: 1 << 20,
  depth: 16,
  valueLength: largestInstance,
};

/** Pixel Data lie there as they are (PS3.5 A.1 to A.3, A.5). */
const native = new Set([
  implicitVrLittleEndian,
  explicitVrLittleEndian,
  explicitVrBigEndian,
  deflatedExplicitVrLittleEndian,
]);

type ReadSamples = (frame: number) => Samples | Promise<Samples>;

function openNative(
  { littleEndian }: DataSet,
  element: DataElement,
  format: PixelFormat,
): ReadSamples {
  if (element.fragments)
    throw unreadable('Pixel Data are in fragments in a native transfer syntax');
  const due = Math.ceil(format.frames * nativeFrameBytes(format));
  if (element.value.length < due)
    throw unreadable(`Pixel Data has ${element.value.length} of ${due} bytes`);
  const inPairs = !littleEndian && element.vr === 'OW' && format.bitsAllocated <= 8;
  const bytes = inPairs ? swapPairs(element.value) : element.value;
  return (frame) => readNative(bytes, format, littleEndian, frame);
}

function openEncapsulated(
  dataSet: DataSet,
  element: DataElement,
  format: PixelFormat,
  transferSyntaxUid: string,
): ReadSamples {
  const decode = codecs.get(transferSyntaxUid)!();
  // A codestream without any item around it is taken for what it is; the codec will refuse anything else.
  const [basic = new Uint8Array(0), ...fragments] = element.fragments ?? [
    new Uint8Array(0),
    element.value,
  ];
  const extended = dataSet.elements.get(tags.ExtendedOffsetTable)?.value ?? new Uint8Array(0);
  const frameOf = splitFrames(fragments, { basic, extended }, format.frames);
  return (frame) => decode(frameOf(frame), format);
}

function checkMemory(format: PixelFormat, memoryCap: number): void {
  const samples = format.photometric === 'PALETTE COLOR' ? 3 : 1;
  const bytes = samplesOf(format) * samples * Float32Array.BYTES_PER_ELEMENT;
  if (bytes > memoryCap) throw unreadable(`a frame takes ${bytes} bytes; ${memoryCap} are allowed`);
}

function makeImage(
  samples: Samples,
  dataSet: DataSet,
  format: PixelFormat,
  frame: number,
): StoredImage {
  const { rows, columns, photometric } = format;
  const isGrey = photometric === 'MONOCHROME1' || photometric === 'MONOCHROME2';
  return {
    rows,
    columns,
    ...toRgb(storedValues(samples, format), rangeOf(format), dataSet, format),
    photometric: isGrey ? photometric : 'RGB',
    ...readImageAttributes(frameScopes(dataSet, frame), format),
  };
}

async function answer<T>(read: () => T | Promise<T>): Promise<T | NotAnalysed> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}

function open(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  { memoryCap }: PixelLimits,
): OpenPixels {
  const dataSet = readDataSet(bytes, transferSyntaxUid, limits);
  const format = readPixelFormat(dataSet);
  checkMemory(format, memoryCap);
  const element = dataSet.elements.get(tags.PixelData);
  if (!element) throw unreadable('Pixel Data is missing');
  const samplesOfFrame = native.has(transferSyntaxUid)
    ? openNative(dataSet, element, format)
    : openEncapsulated(dataSet, element, format, transferSyntaxUid);
  const readFrame = async (frame: number): Promise<ImageReading> => {
    if (!(frame >= 0 && frame < format.frames))
      throw unreadable(`frame ${frame} is not one of ${format.frames}`);
    const samples = await samplesOfFrame(frame);
    return { state: 'read', image: makeImage(samples, dataSet, format, frame) };
  };
  return { state: 'read', frames: format.frames, read: (frame) => answer(() => readFrame(frame)) };
}

/**
 * Opens the pixels of an instance, or says in a coded reason why they cannot be read. `bytes` is the data set alone,
 * without file meta information. Nothing is decoded yet, and no codec loaded.
 */
export async function openPixels(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  pixelLimits: PixelLimits,
): Promise<OpenPixels | NotAnalysed> {
  if (!native.has(transferSyntaxUid) && !codecs.has(transferSyntaxUid))
    return {
      state: 'not-analysed',
      reason: 'unsupported-syntax',
      detail: `transfer syntax ${transferSyntaxUid.slice(0, 64)}`,
    };
  return answer(() => open(bytes, transferSyntaxUid, pixelLimits));
}

/** Every frame of an open instance, one after another. */
export async function* readFrames(pixels: OpenPixels): AsyncGenerator<ImageReading> {
  for (let frame = 0; frame < pixels.frames; frame++) yield await pixels.read(frame);
}
