import { dataTypes, type NodeProto } from '../onnx/proto.ts';
import { type GraphIndex, readInt } from './graph-index.ts';

/** Where a graph computes in int8. */
export interface Int8Plan {
  /** Operators whose weights are int8. */
  weighted: ReadonlySet<NodeProto>;
  /** Values that are stored in int8. */
  tensors: ReadonlySet<string>;
  /** Whether the node reads the stored value; what does not reads the value as it was computed. */
  reads(node: NodeProto, tensor: string): boolean;
}

/** Operators that read and write int8 where what reads them does. */
const followers = new Set(['MaxPool', 'AveragePool', 'GlobalAveragePool', 'Concat']);

/**
 * A convolution or a Gemm with float32 weights of its own. One that makes an output of the graph stays as it is: the map of
 * activations and the logits would have 256 levels only.
 */
export function isWeighted(node: NodeProto, { constants, outputs }: GraphIndex): boolean {
  const [name = ''] = node.output;
  const [, weights = '', bias] = node.input;
  const isFloat32 = (input: string) => constants.get(input)?.dataType === dataTypes.float32;
  const own = isFloat32(weights) && (!bias || isFloat32(bias));
  if (!own || outputs.has(name)) return false;
  return node.opType === 'Conv' || (node.opType === 'Gemm' && isPlainGemm(node));
}

/** Weights lie with the output channels first, and nothing is scaled. */
function isPlainGemm(node: NodeProto): boolean {
  const factors = node.attribute.filter(({ name }) => name === 'alpha' || name === 'beta');
  const plain = readInt(node, 'transA', 0) === 0 && readInt(node, 'transB', 0) === 1;
  return plain && factors.every(({ f }) => f === 1);
}

/** A sum of two values that both depend on the image. */
export function isJunction(node: NodeProto, { constants }: GraphIndex): boolean {
  return node.opType === 'Add' && node.input.every((name) => !constants.has(name));
}

/** The rectifier that is the only reader of the node's output, where nothing outside sees that output. */
export function rectifierOf(node: NodeProto, index: GraphIndex): NodeProto | undefined {
  const [name = ''] = node.output;
  const [reader, ...others] = index.readers.get(name) ?? [];
  const alone = others.length === 0 && !index.outputs.has(name);
  return alone && reader?.opType === 'Relu' ? reader : undefined;
}

/** What an operator writes, behind its rectifier. */
function writtenBy(node: NodeProto, index: GraphIndex): string {
  return (rectifierOf(node, index) ?? node).output[0] ?? '';
}

/** What an operator reads that depends on the image. */
function readBy(node: NodeProto, { constants }: GraphIndex): string[] {
  return node.input.filter((name) => name !== '' && !constants.has(name));
}

/**
 * Int8 for the processor: every convolution reads and writes it, with what lies between them, so that ONNX Runtime
 * can fuse each with its quantisation.
 */
export function planForCpu(index: GraphIndex): Int8Plan {
  const operators = new Set<NodeProto>();
  const isRead = (name: string) =>
    (index.readers.get(name) ?? []).some((reader) => operators.has(reader));
  for (const node of index.graph.node.toReversed()) {
    const sums = isJunction(node, index) && isFed(node, index);
    const follows = followers.has(node.opType ?? '') && isRead(writtenBy(node, index));
    if (isWeighted(node, index) || sums || follows) operators.add(node);
  }
  const weighted = index.graph.node.filter((node) => isWeighted(node, index));
  const written = weighted.map((node) => writtenBy(node, index));
  const read = [...operators].flatMap((node) => readBy(node, index));
  const tensors = new Set([...read, ...written.filter((name) => !index.outputs.has(name))]);
  // One reader of the computed value would keep the convolution from being fused.
  return { weighted: new Set(weighted), tensors, reads: (_, tensor) => tensors.has(tensor) };
}

/** Some input comes from a convolution, at once or through its rectifier. */
function isFed(node: NodeProto, index: GraphIndex): boolean {
  return node.input.some((name) => {
    const producer = index.producers.get(name);
    const behind =
      producer?.opType === 'Relu' ? index.producers.get(producer.input[0] ?? '') : producer;
    return behind !== undefined && isWeighted(behind, index);
  });
}

/**
 * Int8 for TensorRT: at the inputs of convolutions, and of a residual sum on the branch that goes round them, so that
 * it can fuse convolution, sum and rectifier.
 */
export function planForTensorRt(index: GraphIndex): Int8Plan {
  const weighted = index.graph.node.filter((node) => isWeighted(node, index));
  const sums = index.graph.node.filter((node) => isJunction(node, index) && isFed(node, index));
  const read = new Map([
    ...weighted.map((node) => [node, node.input[0] ?? ''] as const),
    ...sums.map((node) => [node, residualOf(node, index)] as const),
  ]);
  return {
    weighted: new Set(weighted),
    tensors: new Set(read.values()),
    reads: (node, tensor) => read.get(node) === tensor,
  };
}

/** The branch that others read too, which is the one that goes round; else the one named last. */
function residualOf({ input }: NodeProto, { readers }: GraphIndex): string {
  const shared = input.find((name) => (readers.get(name)?.length ?? 0) > 1);
  return shared ?? input.at(-1) ?? '';
}
