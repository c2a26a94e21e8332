import { describe, expect, it } from 'vitest';
import type { NodeProto } from '../onnx/proto.ts';
import { makeResidualNetwork } from '../onnx/residual-network.ts';
import { checkOnnx } from '../onnx-rules.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { graphOf, indexGraph } from './graph-index.ts';
import { deriveInt8, tensorsToObserve, type Variant } from './int8-graph.ts';
import type { Observations } from './observation.ts';

const form = { side: 32, stem: 3, widths: [4, 8], blocks: 1, outputs: 2 };
const model = makeResidualNetwork(form, 1);
const observations: Observations = Object.fromEntries(
  tensorsToObserve(model).map((name) => {
    const rectified = /relu|pool|stage\d\.\d$/.test(name);
    const means = Array.from({ length: 8 }, () => (rectified ? 0.5 : 0));
    return [name, { low: rectified ? 0 : -1, high: 1, means }];
  }),
);

const index = (variant: Variant) => indexGraph(graphOf(deriveInt8(model, observations, variant)));
const ofType = (nodes: readonly NodeProto[], type: string) =>
  nodes.filter(({ opType }) => opType === type);

describe.each(['int8.cpu', 'int8.trt'] as const)('%s', (variant) => {
  const { graph, producers, readers, constants } = index(variant);

  it('is a model in order', () => {
    expect(checkOnnx(encodeModel(deriveInt8(model, observations, variant)))).toBeUndefined();
  });

  it('computes every convolution in int8 but the one that makes an output', () => {
    for (const node of ofType(graph.node, 'Conv')) {
      const sources = node.input.slice(0, 2).map((name) => producers.get(name)?.opType);
      const stored = node.output[0] !== 'cam';
      expect(sources.every((type) => type === 'DequantizeLinear')).toBe(stored);
    }
  });

  it('gives every stored value a DequantizeLinear for each reader', () => {
    for (const node of ofType(graph.node, 'DequantizeLinear'))
      expect(readers.get(node.output[0]!)).toHaveLength(1);
  });

  it('stores each value once', () => {
    const sources = ofType(graph.node, 'QuantizeLinear').map(({ input }) => input[0]);
    expect(new Set(sources).size).toBe(sources.length);
  });

  it('still answers in float32', () => {
    for (const { name = '' } of graph.output)
      expect(producers.get(name)?.opType).not.toMatch(/Linear/);
  });

  it('has one scale for each channel, along the first axis', () => {
    const scales = constants.get('stem/weight/scale')!;
    expect(scales.dims).toEqual([4n]);
    const reader = producers.get('stem/weight/read');
    expect(reader?.attribute).toMatchObject([{ name: 'axis', i: 0n }]);
  });

  it('leaves no weight behind that nobody reads', () => {
    for (const name of constants.keys()) expect(readers.has(name)).toBe(true);
  });
});

describe('int8.cpu', () => {
  const { graph, producers, constants } = index('int8.cpu');

  it('leaves rectifiers to the lower end of a range, but not before float32 readers', () => {
    const left = ofType(graph.node, 'Relu').map(({ output }) => output[0]);
    expect(left).toEqual(['stage1.0']);
  });

  it('sums in int8', () => {
    const [sum] = ofType(graph.node, 'Add');
    const types = sum!.input.map((name) => producers.get(name)?.opType);
    expect(types).toEqual(['DequantizeLinear', 'DequantizeLinear']);
  });

  it('stores the largest of some values as these are stored', () => {
    const value = (name: string) => constants.get(name)?.rawData;
    expect(value('pool/scale')).toEqual(value('stem.relu/scale'));
  });

  it('has whole biases', () => {
    expect(constants.get('stem/bias')?.dataType).toBe(6);
  });
});

describe('int8.trt', () => {
  const { graph, producers, constants } = index('int8.trt');

  it('has every zero at zero', () => {
    const zeros = [...constants].filter(([name]) => name.endsWith('/zero'));
    for (const [, { dataType, rawData }] of zeros) {
      expect(dataType).toBe(3);
      expect(rawData!.every((value) => value === 0)).toBe(true);
    }
  });

  it('stores the branch that goes round a sum, and not the other', () => {
    const stored = ofType(graph.node, 'Add').map(({ input }) =>
      input.map((name) => producers.get(name)?.opType === 'DequantizeLinear'),
    );
    expect(stored).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  it('keeps rectifiers and float32 biases', () => {
    expect(ofType(graph.node, 'Relu')).toHaveLength(5);
    expect(constants.get('stem/bias')?.dataType).toBe(1);
  });
});

it('names the value whose range is missing', () => {
  expect(() => deriveInt8(model, {}, 'int8.cpu')).toThrow('there is no range of stem.relu');
});
