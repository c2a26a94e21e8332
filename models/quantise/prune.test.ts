import { expect, it } from 'vitest';
import { makeFloatValue, makeModel, makeNode } from '../onnx/graph-parts.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import { graphOf } from './graph-index.ts';
import { type Pruning, prune, sparsityOf } from './prune.ts';

/** One convolution of 1 x 1 with these weights, and one behind it that makes the output. */
function model(inputs: number, weights: number[]) {
  const kernel = [weights.length / inputs, inputs, 1, 1];
  return makeModel({
    name: 'small',
    node: [
      makeNode('Conv', { input: ['image', 'weight'], output: ['inner'] }),
      makeNode('Conv', { input: ['inner', 'head'], output: ['cam'] }),
    ],
    initializer: [
      makeTensor('weight', kernel, Float32Array.from(weights)),
      makeTensor('head', [1, kernel[0]!, 1, 1], new Float32Array(kernel[0]!).fill(0.001)),
    ],
    input: [makeFloatValue('image', ['batch', inputs, 4, 4])],
    output: [makeFloatValue('cam', ['batch', 1, 4, 4])],
  });
}

function pruned(inputs: number, weights: number[], pruning: Pruning): number[] {
  const [weight] = graphOf(prune(model(inputs, weights), pruning)).initializer;
  return Array.from(readFloats(weight!));
}

it('sets the smallest share to zero', () => {
  expect(pruned(1, [3, -1, 2, -4], { fraction: 0.5 })).toEqual([3, 0, 0, -4]);
});

it('keeps the two largest of every four input channels', () => {
  const weights = [1, -2, 3, 4, -8, 7, 6, 5];
  expect(pruned(4, weights, '2:4')).toEqual([0, 0, 3, 4, -8, 7, 0, 0]);
  expect(pruned(8, weights, '2:4')).toEqual([0, 0, 3, 4, -8, 7, 0, 0]);
});

it('leaves a tensor whose input channels do not come in fours', () => {
  expect(pruned(2, [1, 2, 3, 4], '2:4')).toEqual([1, 2, 3, 4]);
});

it('leaves what makes an output, and counts what becomes int8', () => {
  const small = prune(model(1, [3, -1, 2, -4]), { fraction: 0.5 });
  expect(readFloats(graphOf(small).initializer[1]!)[0]).toBeCloseTo(0.001);
  expect(sparsityOf(small)).toBe(0.5);
});
