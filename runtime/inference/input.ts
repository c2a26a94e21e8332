import type { Manifest } from '../../models/manifest.ts';
import { preprocess, type StoredImage } from '../../models/preprocess.ts';
import { type NotAnalysed, readPixels } from './pixels.ts';

/** One instance as it was received: the data set alone, without file meta information. */
export interface Received {
  bytes: Uint8Array;
  transferSyntaxUid: string;
}

/** The images of a unit of work, grouped by the input that they become: each frame alone, or all together. */
export async function readImages(
  { network: { input } }: Manifest,
  received: readonly Received[],
): Promise<{ state: 'read'; groups: StoredImage[][] } | NotAnalysed> {
  const images: StoredImage[] = [];
  for (const { bytes, transferSyntaxUid } of received) {
    const reading = readPixels(bytes, transferSyntaxUid);
    if (reading.state !== 'read') return reading;
    images.push(reading.image);
  }
  const together = input.kind === 'slab' || input.kind === 'volume';
  return { state: 'read', groups: together ? [images] : images.map((image) => [image]) };
}

/** One input of the networks from the images that belong to it. */
export function prepareInput({ preprocess: steps }: Manifest, images: readonly StoredImage[]) {
  const [image] = images;
  return preprocess(image!, steps).values;
}
