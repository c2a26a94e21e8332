import type { StoredImage } from '../../models/stored-image.ts';
import { type DataSet, readHeader } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { allNumbers } from '../dicom/value.ts';
import { frameScopes, scopeOf } from '../inference/functional-group.ts';
import { memoryCap } from '../inference/input.ts';
import { type OpenPixels, openPixels } from '../inference/pixels.ts';
import { around, middleOf } from './plan.ts';
import { storedWindows, type Window } from './windows.ts';

/** A decoded frame with what only people who look at it need. */
export interface Frame {
  /** From 1; undefined of an object that has one frame. */
  frame: number | undefined;
  image: StoredImage;
  windows: Window[];
  /** Height of a pixel over its width (0028,0034). */
  pixelAspect: number;
}

/** An image whose frames can be read, or why they cannot. */
export type OpenImage =
  | {
      state: 'read';
      /** Which frames are shown, counted from 0: those around the key frame, and which the thumbnail is made of. */
      shown: { first: number; end: number };
      middle: number;
      read(at: number): Promise<Frame | { state: 'not-analysed'; detail: string }>;
    }
  | { state: 'not-analysed'; detail: string };

/** Functional groups (PS3.3 C.7.6.16) of thousands of frames, and nothing behind them. */
const limits = { bytes: 64 << 20, elements: 1 << 20, depth: 16, valueLength: 64 << 20 };
const functionalGroups = 0x5200;

/** Opens an image; decodes nothing yet. `keyFrame`: from 1, the middle one where undefined. */
export async function openImage(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  keyFrame: number | undefined,
): Promise<OpenImage> {
  const pixels = await openPixels(bytes, transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') return pixels;
  const reading = readHeader(bytes, transferSyntaxUid, limits, true, functionalGroups);
  if (reading.state !== 'complete') return { state: 'not-analysed', detail: 'no whole header' };
  const { dataSet } = reading;
  const middle = middleOf(pixels.frames);
  const key = keyFrame === undefined ? middle : Math.min(pixels.frames, keyFrame) - 1;
  return {
    state: 'read',
    shown: around(key, pixels.frames),
    middle,
    read: (at) => readFrame(pixels, dataSet, at),
  };
}

async function readFrame(pixels: OpenPixels, dataSet: DataSet, at: number) {
  const reading = await pixels.read(at);
  if (reading.state !== 'read') return reading;
  const scopes = frameScopes(dataSet, at);
  return {
    frame: pixels.frames > 1 ? at + 1 : undefined,
    image: reading.image,
    windows: storedWindows(scopes),
    pixelAspect: aspectOf(scopes),
  };
}

/** Pixel Aspect Ratio: vertical over horizontal size (PS3.3 C.7.6.3.1.7). */
function aspectOf(scopes: DataSet[]): number {
  const scope = scopeOf(scopes, 'PixelAspectRatio');
  const [vertical = 1, horizontal = 1] = scope ? allNumbers(scope, tags.PixelAspectRatio) : [];
  return vertical > 0 && horizontal > 0 ? vertical / horizontal : 1;
}
