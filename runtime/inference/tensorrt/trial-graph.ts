import type { Manifest } from '../../../models/manifest.ts';
import { makeFloatValue, makeModel, makeNode } from '../../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../../models/onnx/model-file.ts';
import { makeTensor } from '../../../models/onnx/tensor.ts';
import type { Tensor } from '../session/session-port.ts';

/** Channels in and out, sides of the image and of the kernel. */
const [channels, kernels, side, kernel] = [4, 8, 8, 3];
const weightsOfKernel = channels * kernel * kernel;
const inputScale = 1 / 32;
/** What each image of the batch is filled with: multiples of the input's scale, so that int8 loses nothing. */
const values = [0.5, 1.5] as const;

const weights = Int8Array.from(
  { length: kernels * weightsOfKernel },
  (_, at) => ((at * 7) % 11) - 4,
);
const scales = Float32Array.from({ length: kernels }, (_, at) => 2 ** (-6 - (at % 3)));

/** What a manifest would say of the graph, as far as a build asks. */
export const trialNetwork = {
  runs: { cpu: 'fp32', tensorrt: 'int8.trt' },
  input: { name: 'image', kind: 'slab', rows: side, columns: side, slices: channels, batch: 2 },
} as const satisfies Pick<Manifest['network'], 'runs' | 'input'>;

export const trialOutput = 'logits';

/** A small quantised network of the kind that bundles bring: symmetric, scales by channel, bias left out. */
export function makeTrialGraph(): Uint8Array {
  const axis = { axis: 0 };
  return encodeModel(
    makeModel({
      name: 'trial',
      node: [
        makeNode('QuantizeLinear', { input: ['image', 'scale', 'zero'], output: ['stored'] }),
        makeNode('DequantizeLinear', { input: ['stored', 'scale', 'zero'], output: ['read'] }),
        makeNode(
          'DequantizeLinear',
          { input: ['weights', 'scales', 'zeros'], output: ['kernels'] },
          axis,
        ),
        makeNode(
          'Conv',
          { input: ['read', 'kernels'], output: ['conv'] },
          { kernel_shape: [kernel, kernel] },
        ),
        makeNode('Relu', { input: ['conv'], output: ['relu'] }),
        makeNode(
          'ReduceMean',
          { input: ['relu'], output: [trialOutput] },
          { axes: [2, 3], keepdims: 0 },
        ),
      ],
      initializer: [
        makeTensor('scale', [], Float32Array.of(inputScale)),
        makeTensor('zero', [], Int8Array.of(0)),
        makeTensor('weights', [kernels, channels, kernel, kernel], weights),
        makeTensor('scales', [kernels], scales),
        makeTensor('zeros', [kernels], new Int8Array(kernels)),
      ],
      input: [makeFloatValue('image', ['batch', channels, side, side])],
      output: [makeFloatValue(trialOutput, ['batch', kernels])],
    }),
  );
}

/** Two images, each of one value. */
export function trialInput(): Tensor {
  const size = channels * side * side;
  const all = new Float32Array(values.length * size);
  for (const [at, value] of values.entries()) all.fill(value, at * size, (at + 1) * size);
  return { dims: [values.length, channels, side, side], values: all };
}

/** An image of one value is that value times the sum of each kernel, wherever the kernel lies. */
function answersOf(value: number): number[] {
  return Array.from(scales, (scale, at) => {
    const own = weights.subarray(at * weightsOfKernel, (at + 1) * weightsOfKernel);
    return Math.max(0, value * scale * own.reduce((sum, weight) => sum + weight, 0));
  });
}

/** Half precision may round; a kernel for another GPU gives something else altogether. */
const tolerance = 0.01;

/** Why the answer to `trialInput` is not the network's; undefined where it is. */
export function trialFault(answer: Tensor | undefined): string | undefined {
  const expected = values.flatMap(answersOf);
  const { values: found } = answer ?? { values: new Float32Array() };
  const isRight =
    found.length === expected.length &&
    expected.every((value, at) => Math.abs(value - found[at]!) <= tolerance);
  if (isRight) return undefined;
  return `the trial network answered ${found.slice(0, 4).join(', ')}, not ${expected.slice(0, 4).join(', ')}`;
}
