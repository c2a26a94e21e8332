import { expect, it } from 'vitest';
import type { Probe } from './accelerator.ts';
import { decideServing, type EngineState } from './serving.ts';

const works: Probe = {
  provider: 'tensorrt',
  accelerator: { tensorrt: '10.3.0', cuda: '12.6', computeCapability: '8.7', onnxruntime: '1' },
  because: 'tried',
};
const fails: Probe = { provider: 'cpu', because: 'no GPU' };

it.each<[Probe, EngineState, string, boolean, string]>([
  [works, 'ready', 'tensorrt', false, 'tested with its golden cases: why'],
  [works, 'missing', 'cpu', true, 'not compiled for TensorRT yet: why'],
  [works, 'building', 'cpu', false, 'being compiled for TensorRT: why'],
  [works, 'failed', 'cpu', false, 'cannot be compiled for TensorRT: why'],
  [fails, 'ready', 'cpu', false, 'no GPU'],
  [fails, 'missing', 'cpu', false, 'no GPU'],
  [fails, 'building', 'cpu', false, 'no GPU'],
  [fails, 'failed', 'cpu', false, 'no GPU'],
])('with %o and an engine that is %s, %s serves', (probe, state, provider, build, because) => {
  expect(decideServing(probe, state, 'why')).toEqual({
    provider,
    build,
    because: expect.stringContaining(because),
  });
});
