/** Preprocessed images, each one input of the model. From files, or from DICOM by way of a bundle's preprocessing. */
export interface ImageSet {
  /** How many there are. */
  count: number;
  /** Channels, rows and columns. */
  shape: readonly [number, number, number];
  read(at: number): Float32Array | Promise<Float32Array>;
}

/** Values of one image. */
export function imageSize({ shape: [channels, rows, columns] }: ImageSet): number {
  return channels * rows * columns;
}

/** Images that lie one after the other, as raw float32. Throws RangeError where they do not come out even. */
export function imagesIn(values: Float32Array, shape: ImageSet['shape']): ImageSet {
  const size = shape[0] * shape[1] * shape[2];
  const count = values.length / size;
  if (!Number.isInteger(count) || count === 0)
    throw new RangeError(`${values.length} values are no whole number of ${shape.join(' x ')}`);
  return { count, shape, read: (at) => values.subarray(at * size, (at + 1) * size) };
}

/** Goes through the set in batches of at most `size` images: how many, and their values one after the other. */
export async function* batchesOf(
  images: ImageSet,
  size: number,
): AsyncGenerator<{ count: number; values: Float32Array }> {
  const each = imageSize(images);
  for (let first = 0; first < images.count; first += size) {
    const count = Math.min(size, images.count - first);
    const values = new Float32Array(count * each);
    for (let at = 0; at < count; at++) values.set(await images.read(first + at), at * each);
    yield { count, values };
  }
}
