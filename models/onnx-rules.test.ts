import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFloatValue, makeModel, makeNode } from './onnx/graph-parts.ts';
import { decodeModel, encodeModel } from './onnx/model-file.ts';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from './onnx/proto.ts';
import { makeTensor } from './onnx/tensor.ts';
import {
  checkOnnx,
  type OnnxLimits,
  onnxLimits,
  type OnnxRule,
  type OnnxSignature,
  onnxViolation,
} from './onnx-rules.ts';
import { type Random, seededRandom } from './phantom/random.ts';

const bundles = join(import.meta.dirname, 'bundles');
const [shippedPath = ''] = globSync('chest-demo/**/model.onnx', { cwd: bundles });
const shipped = readFileSync(join(bundles, shippedPath));

const signature: OnnxSignature = {
  input: { name: 'image', sizes: [1, 96, 96] },
  outputs: [
    { name: 'logits', rank: 2 },
    { name: 'cam', rank: 4 },
    { name: 'embedding', rank: 2 },
  ],
};

type Change = (graph: GraphProto, model: ModelProto) => void;

function changed(change: Change): Uint8Array {
  const model = decodeModel(shipped);
  change(model.graph!, model);
  return encodeModel(model);
}

function addAttribute(graph: GraphProto, attribute: Partial<AttributeProto>): void {
  const [empty] = makeNode('Relu', { input: [], output: ['x'] }, { more: 1 }).attribute;
  delete empty!.i;
  graph.node[0]!.attribute.push({ ...empty!, ...attribute });
}

const addNode = (graph: GraphProto, node: Partial<NodeProto>): number =>
  graph.node.push({ ...makeNode('Relu', { input: ['image'], output: ['more'] }), ...node });

const addTensor = (graph: GraphProto, tensor: Partial<TensorProto>): number =>
  graph.initializer.push({ ...makeTensor('more', [2], Float32Array.of(1, 2)), ...tensor });

const entry = { key: 'location', value: '../../etc/passwd' };
const sparse: SparseTensorProto = { dims: [1n] };
const inner = makeModel({ name: '', node: [], initializer: [], input: [], output: [] }).graph;
const float64 = new Uint8Array(Float64Array.of(1, -Infinity).buffer);
const half = Uint8Array.of(0, 0x3c, 0, 0x7c);
const int8Model = makeTensor('bits', [2], new Int8Array(2));

const breaks: [OnnxRule, string, Change][] = [
  [
    'training',
    'training graphs',
    (_, model) => model.trainingInfo.push({ initializationBinding: [], updateBinding: [] }),
  ],
  [
    'functions',
    'functions of its own',
    (_, model) =>
      model.functions.push({
        input: [],
        output: [],
        attribute: [],
        node: [],
        opsetImport: [],
        attributeProto: [],
        valueInfo: [],
        metadataProps: [],
      }),
  ],
  ['functions', 'functions of its own', (graph) => addAttribute(graph, { refAttrName: 'a' })],
  ['several-devices', 'several devices', (_, model) => model.configuration.push({ device: [] })],
  [
    'several-devices',
    'several devices',
    (graph) => graph.node[0]!.deviceConfigurations.push({ shardingSpec: [] }),
  ],
  ['control-flow', 'branch or loop', (graph) => addAttribute(graph, { g: inner })],
  ['control-flow', 'branch or loop', (graph) => addAttribute(graph, { graphs: [inner] })],
  ['control-flow', 'branch or loop', (graph) => addNode(graph, { opType: 'Loop' })],
  ['sparse-tensor', 'sparse', (graph) => graph.sparseInitializer.push(sparse)],
  ['sparse-tensor', 'sparse', (graph) => addAttribute(graph, { sparseTensor: sparse })],
  ['sparse-tensor', 'sparse', (graph) => addAttribute(graph, { sparseTensors: [sparse] })],
  ['external-data', 'its own weights', (graph) => addTensor(graph, { externalData: [entry] })],
  ['external-data', 'its own weights', (graph) => addTensor(graph, { dataLocation: 1 })],
  [
    'external-data',
    'its own weights',
    (graph) => addAttribute(graph, { t: { ...int8Model, externalData: [entry] } }),
  ],
  [
    'external-data',
    'its own weights',
    (graph) =>
      addAttribute(graph, { tensors: [int8Model, { ...int8Model, externalData: [entry] }] }),
  ],
  ['ir-version', 'IR version', (_, model) => delete model.irVersion],
  ['ir-version', 'IR version', (_, model) => (model.irVersion = 99n)],
  ['opset', '13 to 24, not 12', (_, model) => (model.opsetImport[0]!.version = 12n)],
  ['opset', '13 to 24, not 25', (_, model) => (model.opsetImport[0]!.version = 25n)],
  ['opset', 'not 0', (_, model) => (model.opsetImport = [])],
  [
    'opset',
    'named once',
    (_, model) => model.opsetImport.push({ domain: 'ai.onnx', version: 20n }),
  ],
  ['domain', 'operators of "evil.lib"', (graph) => addNode(graph, { domain: 'evil.lib' })],
  [
    'domain',
    'operators of "evil.lib"',
    (_, model) => model.opsetImport.push({ domain: 'evil.lib', version: 1n }),
  ],
  [
    'domain',
    'the operator set of "QLinearAdd"',
    (graph) => addNode(graph, { domain: 'com.microsoft', opType: 'QLinearAdd' }),
  ],
  [
    'operator',
    'the operator "RandomNormal"',
    (graph) => addNode(graph, { opType: 'RandomNormal' }),
  ],
  ['operator', 'the operator ""', (graph) => addNode(graph, { opType: '' })],
  ['operator', 'the operator "Relu"', (graph) => addNode(graph, { overload: 'mine' })],
  [
    'operator',
    'the operator "EPContext"',
    (graph, model) => {
      model.opsetImport.push({ domain: 'com.microsoft', version: 1n });
      addNode(graph, { domain: 'com.microsoft', opType: 'EPContext' });
    },
  ],
  [
    'attribute-reach',
    'pads of "Relu"',
    (graph) =>
      addNode(graph, makeNode('Relu', { input: ['image'], output: ['more'] }, { pads: [1 << 20] })),
  ],
  ['tensor-type', 'texts: "more"', (graph) => addTensor(graph, { dataType: 8 })],
  [
    'tensor-type',
    'texts: "more"',
    (graph) => addTensor(graph, { stringData: [new Uint8Array(1)] }),
  ],
  ['tensor-type', 'of type 14', (graph) => addTensor(graph, { dataType: 14 })],
  ['tensor-size', 'negative', (graph) => addTensor(graph, { dims: [-2n] })],
  ['tensor-size', '3 values that it declares, not 2', (graph) => addTensor(graph, { dims: [3n] })],
  ['tensor-size', 'declares, not 2', (graph) => addTensor(graph, { dims: [1n << 62n, 1n << 62n] })],
  ['tensor-size', 'not 1.75', (graph) => addTensor(graph, { rawData: new Uint8Array(7) })],
  ['tensor-size', 'not undefined', (graph) => addTensor(graph, { floatData: [1, 2] })],
  ['tensor-size', 'not undefined', (graph) => addTensor(graph, { int64Data: [1n] })],
  ['tensor-size', 'segments', (graph) => addTensor(graph, { segment: {} })],
  [
    'not-finite',
    'finite: "more"',
    (graph) => graph.initializer.push(makeTensor('more', [2], Float32Array.of(1, NaN))),
  ],
  [
    'not-finite',
    'finite: "more"',
    (graph) => graph.initializer.push(makeTensor('more', [2], Float32Array.of(-Infinity, 1))),
  ],
  ['not-finite', 'finite: "more"', (graph) => addTensor(graph, { dataType: 11, rawData: float64 })],
  ['not-finite', 'finite: "more"', (graph) => addTensor(graph, { dataType: 10, rawData: half })],
  ['duplicate-name', '"image"', (graph) => addTensor(graph, { name: 'image' })],
  ['duplicate-name', '"cam"', (graph) => addNode(graph, { output: ['cam'] })],
  ['duplicate-name', '""', (graph) => addTensor(graph, { name: '' })],
  ['dangling-name', 'nothing has made "later"', (graph) => addNode(graph, { input: ['later'] })],
  ['dangling-name', 'before it is read', (graph) => (graph.node = graph.node.toReversed())],
  ['dangling-name', 'the output "elsewhere"', (graph) => (graph.output[0]!.name = 'elsewhere')],
  [
    'value-type',
    'float32 tensors only: "cam"',
    (graph) => (graph.output[1]!.type!.tensorType!.elemType = 7),
  ],
  [
    'value-type',
    'float32 tensors only: "image"',
    (graph) => (graph.input[0]!.type!.sequenceType = {}),
  ],
  [
    'value-type',
    'float32 tensors only: "image"',
    (graph) => delete graph.input[0]!.type!.tensorType!.shape,
  ],
  [
    'input',
    'not "picture" [, 1, 96, 96]',
    (graph) => {
      graph.input[0]!.name = 'picture';
      graph.node[0]!.input[0] = 'picture';
    },
  ],
  ['input', '"more" [, 3]', (graph) => graph.input.push(makeFloatValue('more', ['batch', 3]))],
  [
    'input',
    'not "image" [, 3, 96, 96]',
    (graph) => (graph.input[0]!.type!.tensorType!.shape!.dim[1] = { dimValue: 3n }),
  ],
  [
    'input',
    'not "image" [4, 1, 96, 96]',
    (graph) => (graph.input[0]!.type!.tensorType!.shape!.dim[0] = { dimValue: 4n }),
  ],
  ['output', 'the outputs must be', (graph) => graph.output.pop()],
  ['output', 'the outputs must be', (graph) => graph.output[0]!.type!.tensorType!.shape!.dim.pop()],
];

describe('a model file', () => {
  it('that needs nothing but itself is in order', () => {
    expect(checkOnnx(shipped, signature)).toBeUndefined();
    expect(onnxViolation(shipped)).toBeUndefined();
  });

  it('may be for one image alone, in any order of its outputs', () => {
    const single = changed((graph) => {
      graph.input[0]!.type!.tensorType!.shape!.dim[0] = { dimValue: 1n };
      graph.output = graph.output.toReversed();
    });
    expect(checkOnnx(single, signature)).toBeUndefined();
  });

  it('may hold its numbers as lists', () => {
    const listed = changed((graph) => {
      const plain = makeTensor('', [2], new Float32Array());
      delete plain.rawData;
      graph.initializer.push({ ...plain, name: 'a', floatData: [1, 2] });
      graph.initializer.push({ ...plain, name: 'b', dataType: 10, int32Data: [0x3c00, 0] });
      graph.initializer.push({ ...plain, name: 'c', dataType: 7, int64Data: [1n, -1n] });
    });
    expect(checkOnnx(listed)).toBeUndefined();
  });

  it.each(breaks)('breaks %s: %s', (rule, why, change) => {
    const found = checkOnnx(changed(change), signature);
    expect(found?.rule).toBe(rule);
    expect(found?.why).toContain(why);
  });

  it.each<[OnnxRule, Partial<OnnxLimits>]>([
    ['file-size', { bytes: shipped.length - 1 }],
    ['node-count', { nodes: decodeModel(shipped).graph!.node.length - 1 }],
    ['parameter-count', { parameters: 200_000 }],
  ])('breaks %s where it is too large', (rule, limits) => {
    expect(checkOnnx(shipped, signature, { ...onnxLimits, ...limits })?.rule).toBe(rule);
  });

  it.each([
    ['cut short', shipped.subarray(0, -1)],
    ['empty', new Uint8Array()],
    ['another format', Buffer.from('GIF89a')],
    ['given twice', Buffer.concat([shipped, shipped])],
  ])('breaks not-onnx where it is %s', (_, content) => {
    expect(checkOnnx(content)?.rule).toBe('not-onnx');
  });

  it('is quoted in a few words without control characters', () => {
    const opType = `\u001B[31m\n${'x'.repeat(5000)}`;
    const { why } = checkOnnx(changed((graph) => addNode(graph, { opType })))!;
    expect(why.length).toBeLessThan(200);
    // eslint-disable-next-line no-control-regex
    expect(why).not.toMatch(/[\u0000-\u001F]/);
  });
});

/** A copy of a message with one value somewhere within it changed, taken away or put elsewhere. */
function disturb(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return disturbList(value, random);
  if (value instanceof Uint8Array) return value.subarray(0, random.uniform(0, value.length));
  if (typeof value === 'bigint') return random.pick([0n, -1n, 1n << 62n, value + 1n]);
  if (typeof value === 'number') return random.pick([0, -1, 1 << 30]);
  if (typeof value === 'string') return random.pick(['', 'image', '../x', '__proto__']);
  const entries = Object.entries(value as object);
  const [key = '', old] = entries[Math.floor(random.uniform(0, entries.length))] ?? [];
  if (key === '' || random.chance(0.1)) return {};
  return { ...(value as object), [key]: disturb(old, random) };
}

function disturbList(list: unknown[], random: Random): unknown[] {
  const at = Math.floor(random.uniform(0, list.length));
  if (list.length === 0 || random.chance(0.1)) return list.toSpliced(at, 1);
  if (random.chance(0.1)) return [...list, list[at]];
  return list.with(at, disturb(list[at], random));
}

function damage(content: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(content);
  const place = () => Math.floor(random.uniform(0, bytes.length));
  bytes[place()] = random.uniform(0, 256);
  if (random.chance(0.1)) bytes.copyWithin(place(), place(), place());
  return random.chance(0.1) ? bytes.subarray(0, place()) : bytes;
}

describe('a made-up file', () => {
  const model = decodeModel(shipped);
  // Small, so that chance meets the structure more often than the weights.
  for (const tensor of model.graph!.initializer)
    Object.assign(tensor, { dims: [1n], rawData: new Uint8Array(4) });
  const small = encodeModel(model);

  it('is refused or accepted, and never anything else, whichever bytes are damaged', () => {
    const random = seededRandom(1, 'damaged bytes');
    const rules = new Set<string | undefined>();
    for (let trial = 0; trial < 2000; trial++)
      rules.add(checkOnnx(damage(small, random), signature)?.rule);
    expect(rules.size).toBeGreaterThan(3);
  });

  it('is refused or accepted, and never anything else, whichever values are changed', () => {
    const random = seededRandom(1, 'changed values');
    const rules = new Set<string | undefined>();
    for (let trial = 0; trial < 2000; trial++) {
      const other = disturb(disturb(model, random), random) as ModelProto;
      rules.add(checkOnnx(encodeModel(other), signature)?.rule);
    }
    expect(rules.size).toBeGreaterThan(8);
  });
});
