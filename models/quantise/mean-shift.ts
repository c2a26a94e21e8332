/** A change of a convolution's or a Gemm's weights. */
export interface WeightChange {
  /** Output channels, input channels (of a group), and the kernel's sides. */
  dims: readonly number[];
  before: Float32Array;
  after: Float32Array;
  /** Mean of each input channel, over images and places. */
  inputMeans: readonly number[];
}

/**
 * By how much the mean of each output channel moves. Errors of weights do not cancel where what they are multiplied
 * with has a mean, as everything has behind a rectifier; taken back from the bias, most of what int8 does to a decision
 * is gone (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2).
 * Margins count as if they were image.
 */
export function meanShift({ dims, before, after, inputMeans }: WeightChange): Float32Array {
  const [channels = 1, inputs = 1] = dims;
  const perChannel = before.length / channels;
  const perInput = perChannel / inputs;
  const channelsOfGroup = channels / (inputMeans.length / inputs);
  return Float32Array.from({ length: channels }, (_, channel) => {
    const firstInput = Math.floor(channel / channelsOfGroup) * inputs;
    let shift = 0;
    for (let at = 0; at < perChannel; at++) {
      const weight = channel * perChannel + at;
      const mean = inputMeans[firstInput + Math.floor(at / perInput)]!;
      shift += (after[weight]! - before[weight]!) * mean;
    }
    return shift;
  });
}
