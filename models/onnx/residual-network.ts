import { seededRandom } from '../phantom/random.ts';
import { makeFloatValue, makeModel, makeNode } from './graph-parts.ts';
import type { ModelProto, NodeProto, TensorProto } from './proto.ts';
import { makeTensor } from './tensor.ts';

/** The form of a residual network of basic blocks, as ResNet-18 and smaller ones. */
export interface ResidualForm {
  /** Rows and columns of the one-channel input. */
  side: number;
  /** Side of the first kernel, which steps by two. */
  stem: number;
  /** Channels of each stage; every stage after the first halves the sides. */
  widths: readonly number[];
  /** Blocks of each stage. */
  blocks: number;
  outputs: number;
}

/** ResNet-18 on one channel: 11.2 million parameters. */
export const resnet18: ResidualForm = {
  side: 224,
  stem: 7,
  widths: [64, 128, 256, 512],
  blocks: 2,
  outputs: 1,
};

interface Convolution {
  from: string;
  to: string;
  channels: [number, number];
  kernel: number;
  stride?: number;
  /** Scales the drawn weights; residual branches are damped, or the signal grows with every block. */
  gain?: number;
}

class Builder {
  readonly node: NodeProto[] = [];
  readonly initializer: TensorProto[] = [];
  #random;

  constructor(seed: number) {
    this.#random = seededRandom(seed, 'weights');
  }

  add(opType: string, from: string[], to: string, attributes = {}): string {
    this.node.push(makeNode(opType, { input: from, output: [to] }, attributes));
    return to;
  }

  #draw(count: number, deviation: number): Float32Array {
    return Float32Array.from({ length: count }, () => deviation * this.#random.normal());
  }

  convolve({ from, to, channels, kernel, stride = 1, gain = 1 }: Convolution): string {
    const [inputs, outputs] = channels;
    const fan = inputs * kernel * kernel;
    const weights = this.#draw(outputs * fan, gain * Math.sqrt(2 / fan));
    this.initializer.push(
      makeTensor(`${to}.weight`, [outputs, inputs, kernel, kernel], weights),
      makeTensor(`${to}.bias`, [outputs], this.#draw(outputs, 0.05)),
    );
    const pad = Math.floor(kernel / 2);
    return this.add('Conv', [from, `${to}.weight`, `${to}.bias`], to, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  block(from: string, to: string, channels: [number, number], stride: number): string {
    const [inputs, outputs] = channels;
    const inner = this.convolve({ from, to: `${to}.conv1`, channels, kernel: 3, stride });
    const rectified = this.add('Relu', [inner], `${to}.relu1`);
    const within = { from: rectified, channels: [outputs, outputs] as [number, number] };
    const branch = this.convolve({ ...within, to: `${to}.conv2`, kernel: 3, gain: 0.5 });
    const identity =
      stride === 1 && inputs === outputs
        ? from
        : this.convolve({ from, to: `${to}.shortcut`, channels, kernel: 1, stride, gain: 0.7 });
    return this.add('Relu', [this.add('Add', [branch, identity], `${to}.sum`)], to);
  }
}

function addStages(builder: Builder, from: string, { widths, blocks }: ResidualForm): string {
  let features = from;
  let inputs = widths[0] ?? 1;
  for (const [stage, outputs] of widths.entries())
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      features = builder.block(features, `stage${stage}.${block}`, [inputs, outputs], stride);
      inputs = outputs;
    }
  return features;
}

/**
 * A network with the outputs of a bundle's model (logits, cam, embedding) and weights drawn from the seed: it is as
 * large and as fast as a trained one and knows nothing. For benchmarks and tests.
 */
export function makeResidualNetwork(form: ResidualForm, seed: number): ModelProto {
  const { side, stem, widths, outputs } = form;
  const builder = new Builder(seed);
  const first = { from: 'image', to: 'stem', channels: [1, widths[0] ?? 1] as [number, number] };
  const rectified = builder.add(
    'Relu',
    [builder.convolve({ ...first, kernel: stem, stride: 2 })],
    'stem.relu',
  );
  const pool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  const features = addStages(builder, builder.add('MaxPool', [rectified], 'pool', pool), form);
  const last = widths.at(-1) ?? 1;
  builder.convolve({ from: features, to: 'cam', channels: [last, outputs], kernel: 1 });
  builder.add('ReduceMean', ['cam'], 'logits', { axes: [2, 3], keepdims: 0 });
  builder.add('ReduceMean', [features], 'embedding', { axes: [2, 3], keepdims: 0 });
  const coarse = side / 2 ** (widths.length + 1);
  return makeModel({
    name: 'residual',
    node: builder.node,
    initializer: builder.initializer,
    input: [makeFloatValue('image', ['batch', 1, side, side])],
    output: [
      makeFloatValue('logits', ['batch', outputs]),
      makeFloatValue('cam', ['batch', outputs, coarse, coarse]),
      makeFloatValue('embedding', ['batch', last]),
    ],
  });
}
