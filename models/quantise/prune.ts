import type { ModelProto, TensorProto } from '../onnx/proto.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import { graphOf, indexGraph, withGraph } from './graph-index.ts';
import { isWeighted } from './int8-plan.ts';

/** Which weights to set to zero: the smallest share of each tensor, or the two smallest of every four inputs. */
export type Pruning = { fraction: number } | '2:4';

/**
 * Sets the weights of least magnitude to zero, in those tensors that become int8. `2:4` is the pattern that sparse
 * tensor cores skip: two of every four neighbours along the input channels; a tensor whose input channels do not come
 * in fours is left as it is. Neither makes an int8 graph smaller or faster on a processor by itself.
 */
export function prune(model: ModelProto, pruning: Pruning): ModelProto {
  const index = indexGraph(graphOf(model));
  const weighted = index.graph.node.filter((node) => isWeighted(node, index));
  const names = new Set(weighted.map(({ input }) => input[1]));
  const initializer = index.graph.initializer.map((tensor) =>
    names.has(tensor.name) ? pruneTensor(tensor, pruning) : tensor,
  );
  return withGraph(model, { initializer });
}

function pruneTensor(tensor: TensorProto, pruning: Pruning): TensorProto {
  const values = readFloats(tensor);
  const dims = tensor.dims.map(Number);
  const kept =
    pruning === '2:4' ? keepTwoOfFour(values, dims) : keepLargest(values, pruning.fraction);
  return makeTensor(tensor.name ?? '', dims, kept);
}

function keepLargest(values: Float32Array, fraction: number): Float32Array {
  const order = Array.from(values.keys()).sort(
    (a, b) => Math.abs(values[a]!) - Math.abs(values[b]!),
  );
  const kept = values.slice();
  for (const at of order.slice(0, Math.floor(fraction * values.length))) kept[at] = 0;
  return kept;
}

function keepTwoOfFour(values: Float32Array, [, inputs = 1, ...kernel]: number[]): Float32Array {
  const kept = values.slice();
  if (inputs % 4 !== 0) return kept;
  const area = kernel.reduce((product, side) => product * side, 1);
  for (let first = 0; first < values.length; first++) {
    if (Math.floor(first / area) % 4 !== 0) continue;
    const four = [0, 1, 2, 3].map((step) => first + step * area);
    const order = four.toSorted((a, b) => Math.abs(values[a]!) - Math.abs(values[b]!));
    for (const at of order.slice(0, 2)) kept[at] = 0;
  }
  return kept;
}

/** Share of zeros among the weights that become int8. */
export function sparsityOf(model: ModelProto): number {
  const index = indexGraph(graphOf(model));
  const weighted = index.graph.node.filter((node) => isWeighted(node, index));
  const all = weighted.map(({ input }) => readFloats(index.constants.get(input[1] ?? '')!));
  const zeros = all.reduce((sum, values) => sum + values.filter((value) => value === 0).length, 0);
  return zeros / all.reduce((sum, values) => sum + values.length, 0);
}
