import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { createOnnxRunner } from '../../cli/onnx-runner.ts';
import { disk } from '../../device/files.ts';
import { makeFloatValue, makeModel, makeNode } from '../onnx/graph-parts.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { attributeTypes, type ModelProto, type NodeProto } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { seededRandom } from '../phantom/random.ts';
import { graphOf } from './graph-index.ts';
import { simplify } from './simplify.ts';

const random = seededRandom(1, 'simplify');
const draw = (count: number, shift = 0) =>
  Float32Array.from({ length: count }, () => shift + random.normal() / 4);

function constant(name: string, dims: number[], values: Float32Array): NodeProto {
  const node = makeNode('Constant', { input: [], output: [name] }, { value: 0 });
  const [attribute] = node.attribute;
  delete attribute!.i;
  const t = makeTensor('', dims, values);
  return { ...node, attribute: [{ ...attribute!, t, type: attributeTypes.tensor }] };
}

const model: ModelProto = makeModel({
  name: 'normalised',
  node: [
    constant('weight', [3, 2, 3, 3], draw(54)),
    makeNode('Conv', { input: ['image', 'weight'], output: ['convolved'] }),
    makeNode('BatchNormalization', {
      input: ['convolved', 'scale', 'shift', 'mean', 'variance'],
      output: ['normal'],
    }),
    makeNode('Relu', { input: ['normal'], output: ['logits'] }),
  ],
  initializer: ['scale', 'shift', 'mean', 'variance'].map((name) =>
    makeTensor(name, [3], draw(3, 1)),
  ),
  input: [makeFloatValue('image', ['batch', 2, 6, 6])],
  output: [makeFloatValue('logits', ['batch', 3, 4, 4])],
});

it('takes constants and normalisations into the convolution and computes the same', async () => {
  const simple = simplify(model);
  expect(graphOf(simple).node.map(({ opType }) => opType)).toEqual(['Conv', 'Relu']);
  expect(graphOf(simple).initializer.map(({ name }) => name)).toEqual([
    'normal.weight',
    'normal.bias',
  ]);
  const runner = createOnnxRunner(disk, tmpdir());
  const image = draw(72);
  const answers = [model, simple].map(async (one) => {
    const running = await runner.load(encodeModel(one), { optimise: false });
    const { logits } = await running.run(image, 1);
    await running.release();
    return Array.from(logits!.values);
  });
  const [before, after] = await Promise.all(answers);
  expect(before!.some((value) => value > 0.1)).toBe(true);
  for (const [at, value] of after!.entries()) expect(value).toBeCloseTo(before![at]!, 5);
});

it('leaves a normalisation alone whose input others read', () => {
  const graph = graphOf(model);
  const [, convolution] = graph.node;
  const output = [...graph.output, makeFloatValue('convolved', ['batch', 3, 4, 4])];
  const shared = simplify({ ...model, graph: { ...graph, output } });
  expect(graphOf(shared).node).toContain(convolution);
  expect(graphOf(shared).node).toHaveLength(3);
});
