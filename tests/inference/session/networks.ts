import { makeFloatValue, makeModel, makeNode } from '../../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../../models/onnx/model-file.ts';
import { dataTypes, type NodeProto, type TensorProto } from '../../../models/onnx/proto.ts';
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

function chain(first: string, count: number, kernel: string): { node: NodeProto[]; last: string } {
  const node = Array.from({ length: count }, (_, at) =>
    makeNode(
      'Conv',
      { input: [at === 0 ? first : `${first}.${at}`, kernel], output: [`${first}.${at + 1}`] },
      { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
    ),
  );
  return { node, last: `${first}.${count}` };
}

function drawKernel(name: string, from: number, to: number): TensorProto {
  const size = to * from * 9;
  // Scaled so that the signal neither grows nor dies over many of them.
  const scale = Math.sqrt(3 / (from * 9));
  return makeTensor(
    name,
    [to, from, 3, 3],
    draw(size).map((value) => value * scale),
  );
}

const single = { strides: [1, 1], pads: [0, 0, 0, 0] };

/** The projection of an image that is read a last time only after much else: what was done to it by then is seen. */
export const late: Uint8Array = encodeModel(
  makeModel({
    name: 'late',
    node: [
      makeNode(
        'Conv',
        { input: ['image', 'widen'], output: ['wide'] },
        { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
      ),
      ...chain('wide', 24, 'mix').node,
      makeNode('GlobalAveragePool', { input: [chain('wide', 24, 'mix').last], output: ['pooled'] }),
      makeNode(
        'Conv',
        { input: ['pooled', 'nothing'], output: ['zero'] },
        { kernel_shape: [1, 1], ...single },
      ),
      makeNode('Add', { input: ['image', 'zero'], output: ['again'] }),
      makeNode(
        'Conv',
        { input: ['again', 'weights'], output: ['map'] },
        { kernel_shape: [side, side], ...single },
      ),
      makeNode('Flatten', { input: ['map'], output: ['logits'] }, { axis: 1 }),
    ],
    initializer: [
      drawKernel('widen', 1, 16),
      drawKernel('mix', 16, 16),
      makeTensor('nothing', [1, 16, 1, 1], new Float32Array(16)),
      makeTensor('weights', [2, 1, side, side], weights),
    ],
    input: [makeFloatValue('image', ['batch', 1, side, side])],
    output: [makeFloatValue('logits', ['batch', 2])],
  }),
);

const [channels, depth, wide] = [32, 64, 96];

/** Many like nodes one after the other: a run that lasts, and that can be ended between any two of them. */
export const long: Uint8Array = encodeModel(
  makeModel({
    name: 'long',
    node: [
      ...chain('image', depth, 'mix').node,
      makeNode('GlobalAveragePool', {
        input: [chain('image', depth, 'mix').last],
        output: ['pooled'],
      }),
    ],
    initializer: [drawKernel('mix', channels, channels)],
    input: [makeFloatValue('image', ['batch', channels, wide, wide])],
    output: [makeFloatValue('pooled', ['batch', channels, 1, 1])],
  }),
);

/** Images for it: a run of one takes some tenths of a second on one thread of a processor. */
export function makeLongInput(count: number): Tensor {
  const dims = [count, channels, wide, wide];
  return { dims, values: new Float32Array(count * channels * wide * wide).fill(0.5) };
}

const contrib = 'com.microsoft';

/** A graph with an operator of ONNX Runtime's own, which the processor takes and TensorRT does not. */
export const foreign: Uint8Array = encodeModel({
  ...makeModel({
    name: 'foreign',
    node: [
      makeNode('Relu', { input: ['image'], output: ['positive'] }),
      { ...makeNode('QuickGelu', { input: ['positive'], output: ['logits'] }), domain: contrib },
    ],
    initializer: [],
    input: [makeFloatValue('image', ['batch', 1, side, side])],
    output: [makeFloatValue('logits', ['batch', 1, side, side])],
  }),
  opsetImport: [
    { domain: '', version: 13n },
    { domain: contrib, version: 1n },
  ],
});
