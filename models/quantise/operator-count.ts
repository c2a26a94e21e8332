import { decodeModel } from '../onnx/model-file.ts';
import type { GraphProto } from '../onnx/proto.ts';
import { graphOf } from './graph-index.ts';
import type { Variant } from './int8-graph.ts';

/** How much of a network computes in int8. */
export interface OperatorCount {
  /** Convolutions and Gemms of the float32 graph, and those of them that compute in int8. */
  operators: number;
  int8Operators: number;
  /** Operators of the int8 graph as it runs on this machine, by type. */
  runsAs: Readonly<Record<string, number>>;
}

/** What ONNX Runtime makes of a convolution or Gemm between its quantisations. */
const fused = ['QLinearConv', 'ConvInteger', 'QGemm', 'QLinearMatMul'];
const weighted = ['Conv', 'Gemm'];

/** `optimised` is the int8 graph as the runner runs it. */
export function countOperators(
  variant: Variant,
  { float32, int8, optimised }: { float32: Uint8Array; int8: Uint8Array; optimised: Uint8Array },
): OperatorCount {
  const runsAs = countTypes(read(optimised));
  return {
    operators: sum(countTypes(read(float32)), weighted),
    // What TensorRT fuses only TensorRT can say.
    int8Operators: variant === 'int8.cpu' ? sum(runsAs, fused) : countStored(read(int8)),
    runsAs,
  };
}

function read(bytes: Uint8Array): GraphProto {
  return graphOf(decodeModel(bytes));
}

function countTypes({ node }: GraphProto): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType = '' } of node) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

function sum(counts: Readonly<Record<string, number>>, types: readonly string[]): number {
  return types.reduce((total, type) => total + (counts[type] ?? 0), 0);
}

/** Convolutions and Gemms that read stored weights. */
function countStored({ node }: GraphProto): number {
  const reads = node.filter(({ opType }) => opType === 'DequantizeLinear');
  const names = new Set(reads.flatMap(({ output }) => output));
  const all = node.filter(({ opType = '' }) => weighted.includes(opType));
  return all.filter(({ input }) => names.has(input[1] ?? '')).length;
}
