import { makeFloatValue, makeModel, makeNode } from '../../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../../models/onnx/model-file.ts';
import { dataTypes } from '../../../models/onnx/proto.ts';
import { makeTensor } from '../../../models/onnx/tensor.ts';
import { seededRandom } from '../../../models/phantom/random.ts';
import type { Tensor } from '../../../runtime/inference/session/session-port.ts';

const random = seededRandom(1, 'networks');

function draw(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.uniform(-1, 1));
}

/** So many images of 1 x 16 x 16, by a seed. */
export function makeImages(count: number, seed: number): Tensor {
  const drawn = seededRandom(seed, 'images');
  const values = Float32Array.from({ length: count * side * side }, () => drawn.uniform(-1, 1));
  return { dims: [count, 1, side, side], values };
}

const side = 16;
const weights = draw(side * side * 2);

/** One dot product for each of two outputs: what it must answer can be worked out by hand. */
export const projection: Uint8Array = encodeModel({
  ...makeModel({
    name: 'projection',
    node: [
      makeNode(
        'Conv',
        { input: ['image', 'weights'], output: ['map'] },
        { kernel_shape: [side, side], strides: [1, 1], pads: [0, 0, 0, 0] },
      ),
      makeNode('Flatten', { input: ['map'], output: ['logits'] }, { axis: 1 }),
      makeNode('Cast', { input: ['logits'], output: ['whole'] }, { to: dataTypes.int64 }),
    ],
    initializer: [makeTensor('weights', [2, 1, side, side], weights)],
    input: [makeFloatValue('image', ['batch', 1, side, side])],
    output: [
      makeFloatValue('logits', ['batch', 2]),
      makeFloatValue('map', ['batch', 2, 1, 1]),
      {
        name: 'whole',
        metadataProps: [],
        type: {
          tensorType: {
            elemType: dataTypes.int64,
            shape: { dim: [{ dimParam: 'batch' }, { dimValue: 2n }] },
          },
        },
      },
    ],
  }),
  metadataProps: [
    { key: 'scanside.labels', value: '["a","ü"]' },
    { key: 'empty', value: '' },
  ],
});

/** What the projection answers, by double precision. */
export function project({ dims: [count = 0], values }: Tensor): number[] {
  const size = side * side;
  return Array.from({ length: count * 2 }, (_, at) => {
    const [image, output] = [Math.floor(at / 2), at % 2];
    let sum = 0;
    for (let pixel = 0; pixel < size; pixel++)
      sum += values[image * size + pixel]! * weights[output * size + pixel]!;
    return sum;
  });
}

/** Adds two inputs whose first dimension is the same free one. */
export const sum: Uint8Array = encodeModel(
  makeModel({
    name: 'sum',
    node: [makeNode('Add', { input: ['left', 'right'], output: ['both'] })],
    initializer: [],
    input: [makeFloatValue('left', ['batch', 3]), makeFloatValue('right', ['batch', 3])],
    output: [makeFloatValue('both', ['batch', 3])],
  }),
);

const [channels, depth, wide] = [32, 64, 96];

/** Many like nodes one after the other: a run that lasts, and that can be ended between any two of them. */
export const long: Uint8Array = encodeModel(
  makeModel({
    name: 'long',
    node: [
      ...Array.from({ length: depth }, (_, at) =>
        makeNode(
          'Conv',
          { input: [at === 0 ? 'image' : `x${at}`, 'weights'], output: [`x${at + 1}`] },
          { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
        ),
      ),
      makeNode('GlobalAveragePool', { input: [`x${depth}`], output: ['pooled'] }),
    ],
    initializer: [
      makeTensor(
        'weights',
        [channels, channels, 3, 3],
        draw(channels * channels * 9).map((value) => value / 16),
      ),
    ],
    input: [makeFloatValue('image', ['batch', channels, wide, wide])],
    output: [makeFloatValue('pooled', ['batch', channels, 1, 1])],
  }),
);

/** Images for it: a run of one takes some tenths of a second on one thread of a processor. */
export function makeLongInput(count: number): Tensor {
  const dims = [count, channels, wide, wide];
  return { dims, values: new Float32Array(count * channels * wide * wide).fill(0.5) };
}
