import { lookUp } from './grey-value.ts';
import type { StoredImage } from './stored-image.ts';

/**
 * An image with two of its values in place of all: those that stand for its lowest and its highest unit, padding left
 * out; with none where everything is padding. It says how the image is to be shown and where it lies, in a few bytes.
 */
export function summariseImage(image: StoredImage): StoredImage {
  const [low, high] = [
    { value: 0, unit: Infinity },
    { value: 0, unit: -Infinity },
  ];
  for (const value of image.values) {
    if (isPadding(image, value)) continue;
    const unit = unitOf(image, value);
    if (unit < low.unit) Object.assign(low, { value, unit });
    if (unit > high.unit) Object.assign(high, { value, unit });
  }
  const isEmpty = low.unit === Infinity;
  return { ...image, values: Float32Array.from(isEmpty ? [] : [low.value, high.value]) };
}

function isPadding({ padding }: StoredImage, value: number): boolean {
  return padding !== undefined && value >= padding[0] && value <= padding[1];
}

function unitOf({ modalityLut, slope, intercept }: StoredImage, value: number): number {
  return modalityLut ? lookUp(modalityLut, value) : value * slope + intercept;
}
