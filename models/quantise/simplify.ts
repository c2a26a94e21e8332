import {
  dataTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../onnx/proto.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import { dropUnread, type GraphIndex, graphOf, indexGraph, withGraph } from './graph-index.ts';

/**
 * The same function as a plainer graph: constants are initializers, and a batch normalisation behind a convolution
 * has become part of its weights. ONNX operator BatchNormalization: y = (x - mean) / sqrt(variance + epsilon) * scale
 * + bias, for each channel.
 */
export function simplify(model: ModelProto): ModelProto {
  const hoisted = hoistConstants(graphOf(model));
  const index = indexGraph(hoisted);
  const folded = hoisted.node.flatMap((node) => foldNormalisation(node, index));
  const initializer = [...hoisted.initializer, ...folded.flatMap(({ made }) => made)];
  const node = folded.flatMap(({ kept }) => kept);
  // Shapes that were told of values that are gone would be refused.
  return withGraph(model, dropUnread({ ...hoisted, node, initializer, valueInfo: [] }));
}

function hoistConstants(graph: GraphProto): GraphProto {
  const constants = graph.node.flatMap((node): TensorProto[] => {
    const value = node.opType === 'Constant' && node.attribute.find(({ t }) => t)?.t;
    const [name] = node.output;
    return value && name !== undefined ? [{ ...value, name }] : [];
  });
  const names = new Set(constants.map(({ name }) => name));
  const node = graph.node.filter(({ output: [name] }) => name === undefined || !names.has(name));
  return { ...graph, node, initializer: [...graph.initializer, ...constants] };
}

interface Folded {
  kept: NodeProto[];
  made: TensorProto[];
}

/** The normalisation that is the only reader of the convolution, where both have constant parameters. */
function normalisationOf(node: NodeProto, index: GraphIndex): NodeProto | undefined {
  const [name = ''] = node.output;
  const [reader, ...others] = index.readers.get(name) ?? [];
  const alone = others.length === 0 && !index.outputs.has(name);
  if (node.opType !== 'Conv' || !alone || reader?.opType !== 'BatchNormalization') return undefined;
  const constants = [...node.input.slice(1), ...reader.input.slice(1)];
  const known = constants.every(
    (input) => index.constants.get(input)?.dataType === dataTypes.float32,
  );
  return known && reader.output.length === 1 ? reader : undefined;
}

function foldNormalisation(node: NodeProto, index: GraphIndex): Folded {
  const source = index.producers.get(node.input[0] ?? '');
  if (source && normalisationOf(source, index) === node) return { kept: [], made: [] };
  const normalisation = normalisationOf(node, index);
  if (!normalisation) return { kept: [node], made: [] };
  const [output = ''] = normalisation.output;
  const made = foldedParameters(node, normalisation, index);
  const [image = ''] = node.input;
  const input = [image, ...made.map(({ name }) => name)];
  return { kept: [{ ...node, input, output: [output] }], made };
}

function foldedParameters(node: NodeProto, normalisation: NodeProto, { constants }: GraphIndex) {
  const read = (name: string | undefined) => readFloats(constants.get(name ?? '')!);
  const [scale, shift, mean, variance] = normalisation.input.slice(1).map(read);
  const epsilon = normalisation.attribute.find(({ name }) => name === 'epsilon')?.f ?? 1e-5;
  const factors = scale!.map((value, at) => value / Math.sqrt(variance![at]! + epsilon));
  const weights = constants.get(node.input[1] ?? '')!;
  const values = read(node.input[1]);
  const perChannel = values.length / factors.length;
  const bias = node.input[2] ? read(node.input[2]) : new Float32Array(factors.length);
  const [name = ''] = normalisation.output;
  return [
    makeTensor(
      `${name}.weight`,
      weights.dims.map(Number),
      values.map((value, at) => value * factors[Math.floor(at / perChannel)]!),
    ),
    makeTensor(
      `${name}.bias`,
      [factors.length],
      bias.map((value, at) => (value - mean![at]!) * factors[at]! + shift![at]!),
    ),
  ];
}
