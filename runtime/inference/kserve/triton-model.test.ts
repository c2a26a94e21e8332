import { describe, expect, it } from 'vitest';
import { describeForTriton, type TritonModel } from './triton-model.ts';

const digest = 'ab'.repeat(32);
const model: TritonModel = {
  name: 'chest.1.0.0.1',
  facts: {
    inputs: [{ name: 'image', type: 'float32', dims: ['batch', 1, 96, 64] }],
    outputs: [
      { name: 'logits', type: 'float32', dims: ['batch', 2] },
      { name: 'cam', type: 'float32', dims: ['batch', 2, 6, 4] },
    ],
  },
  digest,
  batch: 8,
  instances: 2,
  accelerator: { name: 'cpu' },
};

/** A text with every space and line break taken out. */
function packed(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

describe('a model as Triton reads it', () => {
  const text = packed(describeForTriton(model));

  it.each([
    'name: "chest.1.0.0.1" backend: "onnxruntime"',
    'max_batch_size: 8',
    'version_policy { specific { versions: 1 } }',
    'input [ { name: "image" data_type: TYPE_FP32 dims: [ 1, 96, 64 ] } ]',
    'output [ { name: "logits" data_type: TYPE_FP32 dims: [ 2 ] }, { name: "cam"',
    'instance_group [ { count: 2 kind: KIND_CPU } ]',
    `parameters { key: "graph_sha256" value { string_value: "${digest}" } }`,
  ])('says %s', (part) => {
    expect(text).toContain(packed(part));
  });

  it('never has work wait beside an idle accelerator', () => {
    expect(text).toContain('max_queue_delay_microseconds:0');
    expect(text).not.toContain('preferred_batch_size');
  });

  it('is run by Triton itself, alone and in its largest batch, before it is ready', () => {
    const sizes = [...text.matchAll(/model_warmup\{name:"batch-\d+"batch_size:(\d+)/g)];
    expect(sizes.map(([, size]) => size)).toEqual(['1', '8']);
    expect(text).not.toContain('execution_accelerators');
  });

  it.each([
    [true, 'INT8'],
    [false, 'FP32'],
  ])('goes to TensorRT, quantised %s, as %s', (quantised, precision) => {
    const accelerator = { name: 'tensorrt', quantised } as const;
    const told = packed(describeForTriton({ ...model, accelerator }));
    expect(told).toContain('kind:KIND_GPU');
    expect(told).toContain(`name:"tensorrt"parameters{key:"precision_mode"value:"${precision}"}`);
  });

  it('is not batched where the batch of the graph is fixed', () => {
    const dims = [1, 1, 96, 64];
    const facts = { ...model.facts, inputs: [{ name: 'image', type: 'float32', dims }] };
    const told = packed(describeForTriton({ ...model, facts }));
    expect(told).toContain('max_batch_size:0');
    expect(told).toContain('dims:[1,1,96,64]');
    expect(told).toContain('dims:[-1,2]');
    expect(told).not.toMatch(/dynamic_batching|model_warmup/);
  });

  it('is not warmed up with a size that nobody knows', () => {
    const dims = ['batch', 1, 'rows', 64];
    const facts = { ...model.facts, inputs: [{ name: 'image', type: 'float32', dims }] };
    const told = packed(describeForTriton({ ...model, facts }));
    expect(told).toContain('dims:[1,-1,64]');
    expect(told).not.toContain('model_warmup');
  });
});
