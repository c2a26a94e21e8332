import { expect, test } from 'vitest';
import { type InferenceSettings, processorPlacement } from './placement-choice.ts';

const base: InferenceSettings = { engine: 'auto', threads: 2, accelerator: 'auto' };

test.each<[string, Partial<InferenceSettings>, object]>([
  [
    'nothing is configured',
    {},
    {
      runtime: 'onnxruntime-node',
      threads: 2,
      because: 'no library for an accelerator is configured',
    },
  ],
  [
    'a library is configured',
    { library: '/lib' },
    { runtime: 'onnxruntime-node', because: 'an accelerator is being looked for' },
  ],
  [
    'the C API is wanted',
    { library: '/lib', engine: 'ort-capi' },
    { runtime: 'ort-capi', library: '/lib', because: 'an accelerator is being looked for' },
  ],
  [
    'no accelerator is wanted',
    { library: '/lib', accelerator: 'none' },
    { runtime: 'onnxruntime-node', because: 'the configuration wants no accelerator' },
  ],
  [
    'the Node binding is wanted',
    { library: '/lib', engine: 'onnxruntime-node' },
    { runtime: 'onnxruntime-node', because: 'the Node binding of ONNX Runtime reaches none' },
  ],
])('until an accelerator is proved the processor serves: %s', (_title, change, expected) => {
  const placement = processorPlacement({ ...base, ...change });
  expect(placement).toMatchObject({ provider: 'cpu', ...expected });
});
