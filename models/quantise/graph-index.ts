import type { GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx/proto.ts';

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

/** Keeps what some node reads or the graph answers with. */
export function dropUnread(graph: GraphProto): GraphProto {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  for (const { name } of graph.output) read.add(name ?? '');
  const initializer = graph.initializer.filter(({ name }) => read.has(name ?? ''));
  return { ...graph, initializer };
}
