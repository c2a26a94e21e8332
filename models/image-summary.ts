import { lookUp } from './grey-value.ts';
import type { StoredImage } from './stored-image.ts';

/**
 * An image with two of its values in place of all: those that stand for its lowest and its highest unit, padding left
 * out; with none where everything is padding. It says how the image is to be shown and where it lies, in a few bytes.
 */
export function summariseImage(image: StoredImage): StoredImage {
  let [low, high]: (number | undefined)[] = [];
  for (const value of image.values) {
    if (isPadding(image, value)) continue;
    if (low === undefined || unitOf(image, value) < unitOf(image, low)) low = value;
    if (high === undefined || unitOf(image, value) > unitOf(image, high)) high = value;
  }
  const values = low === undefined || high === undefined ? [] : [low, high];
  return { ...image, values: Float32Array.from(values) };
}

function isPadding({ padding }: StoredImage, value: number): boolean {
  return padding !== undefined && value >= padding[0] && value <= padding[1];
}

function unitOf({ modalityLut, slope, intercept }: StoredImage, value: number): number {
  return modalityLut ? lookUp(modalityLut, value) : value * slope + intercept;
}
