import type { Manifest } from '../../models/manifest.ts';
import { preprocess, type StoredImage } from '../../models/preprocess.ts';
import { type ImageReading, type NotAnalysed, openPixels, readFrames } from './pixels.ts';
import { unreadable } from './unreadable-image.ts';
import { assembleVolume } from './volume-input.ts';

/** One instance as it was received: the data set alone, without file meta information. */
export interface Received {
  bytes: Uint8Array;
  transferSyntaxUid: string;
}

/** Bytes of a decoded frame: 64 million pixels, more than any detector has. */
export const memoryCap = 256 << 20;

/** Every frame of every instance, in order; one that cannot be read ends it with the reason. */
export async function* readEveryFrame(received: readonly Received[]): AsyncGenerator<ImageReading> {
  for (const { bytes, transferSyntaxUid } of received) {
    const pixels = await openPixels(bytes, transferSyntaxUid, { memoryCap });
    if (pixels.state === 'read') yield* readFrames(pixels);
    else yield pixels;
  }
}

/** Whether the images of a unit become one input, or each frame one of its own. */
export function isAssembled({ network: { input } }: Manifest): boolean {
  return input.kind === 'slab' || input.kind === 'volume';
}

/** The images of a unit of work, grouped by the input that they become. */
export async function readImages(
  manifest: Manifest,
  received: readonly Received[],
): Promise<{ state: 'read'; groups: StoredImage[][] } | NotAnalysed> {
  const images: StoredImage[] = [];
  for await (const reading of readEveryFrame(received)) {
    if (reading.state !== 'read') return reading;
    images.push(reading.image);
  }
  return {
    state: 'read',
    groups: isAssembled(manifest) ? [images] : images.map((image) => [image]),
  };
}

/** The image that an input stands for: alone, or the middle one of a slab, whose grid its masks are laid back onto. */
export function centreOf(images: readonly StoredImage[]): StoredImage | undefined {
  return images[Math.floor(images.length / 2)];
}

/** One input of the networks from the images that belong to it. Throws DATA_SET_UNREADABLE. */
export function prepareInput(manifest: Manifest, images: readonly StoredImage[]): Float32Array {
  const { preprocess: steps, network } = manifest;
  const { kind, slices } = network.input;
  if (kind === 'volume') return assembleVolume(manifest, images);
  // A slab with a plane too many or too few would be read as another picture.
  if (images.length !== slices)
    throw unreadable(`${images.length} slices where the model looks at ${slices}`);
  const planes = images.map((image) => preprocess(image, steps).values);
  const [first] = planes;
  if (first && planes.length === 1) return first;
  const size = first?.length ?? 0;
  const input = new Float32Array(planes.length * size);
  for (const [at, plane] of planes.entries()) input.set(plane, at * size);
  return input;
}
