import type { GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx/proto.ts';
import { readFloats } from '../onnx/tensor.ts';

/** Who makes and who reads each value of a graph. */
export interface GraphIndex {
  graph: GraphProto;
  producers: ReadonlyMap<string, NodeProto>;
  readers: ReadonlyMap<string, readonly NodeProto[]>;
  constants: ReadonlyMap<string, TensorProto>;
  /** Names of the graph's outputs. */
  outputs: ReadonlySet<string>;
}

export function indexGraph(graph: GraphProto): GraphIndex {
  const producers = new Map<string, NodeProto>();
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const name of node.output) producers.set(name, node);
    for (const name of new Set(node.input)) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  const outputs = new Set(graph.output.map(({ name }) => name ?? ''));
  return { graph, producers, readers, constants, outputs };
}

/** The model's graph. Throws RangeError where there is none. */
export function graphOf(model: ModelProto): GraphProto {
  if (!model.graph) throw new RangeError('the model has no graph');
  return model.graph;
}

/** The same model with another graph. */
export function withGraph(model: ModelProto, graph: Partial<GraphProto>): ModelProto {
  return { ...model, graph: { ...graphOf(model), ...graph } };
}

/** The value of a whole-number attribute, or `otherwise` where the node does not have it. */
export function readInt(node: NodeProto, name: string, otherwise: number): number {
  const found = node.attribute.find((attribute) => attribute.name === name);
  return found?.i === undefined ? otherwise : Number(found.i);
}

/** What a convolution or a Gemm multiplies with and adds. */
export interface Parameters {
  weights: Float32Array;
  /** Of the weights: output channels, input channels (of a group), and the kernel's sides. */
  dims: number[];
  /** One for each output channel; zeros where the node has none. */
  bias: Float32Array;
}

/** Throws RangeError where the parameters are no float32 constants. */
export function readParameters({ input }: NodeProto, { constants }: GraphIndex): Parameters {
  const [, weights = '', bias] = input;
  const tensor = constants.get(weights);
  const added = bias ? constants.get(bias) : undefined;
  if (!tensor || (bias && !added)) throw new RangeError(`${weights} is no constant`);
  const dims = tensor.dims.map(Number);
  const zeros = new Float32Array(dims[0] ?? 0);
  return { weights: readFloats(tensor), dims, bias: added ? readFloats(added) : zeros };
}

/** Keeps what some node reads or the graph answers with. */
export function dropUnread(graph: GraphProto): GraphProto {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  for (const { name } of graph.output) read.add(name ?? '');
  const initializer = graph.initializer.filter(({ name }) => read.has(name ?? ''));
  return { ...graph, initializer };
}
