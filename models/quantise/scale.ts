/** The least and the greatest value that a tensor takes. */
export interface Range {
  low: number;
  high: number;
}

/** value = scale * (stored - zero), stored from 0 to 255 (uint8) or -127 to 127 (int8). */
export interface Scale {
  scale: number;
  zero: number;
}

/** Below this a scale would be lost in float32 products. */
const smallestScale = 1e-12;

/** Zero is always representable, because padding is zero. */
export function scaleUint8({ low, high }: Range): Scale {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const scale = Math.fround(Math.max((to - from) / 255, smallestScale));
  return { scale, zero: Math.min(255, Math.round((0 - from) / scale)) };
}

/** Symmetric: the stored zero is zero. */
export function scaleInt8({ low, high }: Range): Scale {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return { scale: Math.fround(Math.max(largest / 127, smallestScale)), zero: 0 };
}

/** Weights as int8, with one scale for each output channel. */
export interface QuantisedWeights {
  values: Int8Array;
  scales: Float32Array;
}

/** A stored bias takes at most half of what an int32 holds: the sum of the products needs the other half. */
const largestBias = 2 ** 30;

/**
 * Symmetric int8 weights, whose output channels are the first axis; `bias` has a value for each. A channel's scale is
 * never so small that its bias would not fit: a channel of zeros would otherwise lose it.
 */
export function quantiseWeights(
  weights: Float32Array,
  { bias, inputScale }: { bias: Float32Array; inputScale: number },
): QuantisedWeights {
  const perChannel = weights.length / bias.length;
  const scales = bias.map((value, channel) => {
    const own = weights.subarray(channel * perChannel, (channel + 1) * perChannel);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const forBias = Math.abs(value) / (inputScale * largestBias);
    return Math.max(largest / 127, forBias, smallestScale);
  });
  const values = Int8Array.from(weights, (value, at) =>
    clampInt8(value / scales[Math.floor(at / perChannel)]!),
  );
  return { values, scales };
}

/** What the stored weights stand for. */
export function restoreWeights({ values, scales }: QuantisedWeights): Float32Array {
  const perChannel = values.length / scales.length;
  return Float32Array.from(values, (value, at) => value * scales[Math.floor(at / perChannel)]!);
}

function clampInt8(value: number): number {
  return Math.max(-127, Math.min(127, Math.round(value)));
}
