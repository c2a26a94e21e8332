import { expect, it } from 'vitest';
import type { Accelerator } from './accelerator.ts';
import { engineKey } from './engine-key.ts';

const orin: Accelerator = {
  tensorrt: '10.3.0',
  cuda: '12.6',
  computeCapability: '8.7',
  onnxruntime: '1.30.0',
};
const graph = 'a'.repeat(64);
const options = { trt_int8_enable: '1', trt_profile_max_shapes: 'image:8x1x224x224' };
const key = engineKey(graph, orin, options);

it('is one for the same build, in whatever order its options stand', () => {
  const reordered = Object.fromEntries(Object.entries(options).toReversed());
  expect(engineKey(graph, { ...orin }, reordered)).toBe(key);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
});

it.each([
  ['another graph', engineKey('b'.repeat(64), orin, options)],
  ['another TensorRT', engineKey(graph, { ...orin, tensorrt: '10.16.1' }, options)],
  ['another CUDA', engineKey(graph, { ...orin, cuda: '13.2' }, options)],
  ['another GPU', engineKey(graph, { ...orin, computeCapability: '11.0' }, options)],
  ['another ONNX Runtime', engineKey(graph, { ...orin, onnxruntime: '1.31.0' }, options)],
  [
    'another profile',
    engineKey(graph, orin, { ...options, trt_profile_max_shapes: 'image:4x1x224x224' }),
  ],
  ['a flag less', engineKey(graph, orin, { trt_profile_max_shapes: 'image:8x1x224x224' })],
])('is another for %s', (_, other) => {
  expect(other).not.toBe(key);
});
