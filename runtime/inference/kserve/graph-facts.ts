import { ScansideError } from '../../../device/errors.ts';
import { decodeModel } from '../../../models/onnx/model-file.ts';
import { dataTypes, type ValueInfoProto } from '../../../models/onnx/proto.ts';
import { unnamed } from '../session/run-check.ts';
import type { TensorFacts } from '../session/session-port.ts';

/** What a graph takes and gives, by its own word. */
export interface GraphFacts {
  inputs: TensorFacts[];
  outputs: TensorFacts[];
}

const typeNames = new Map<number, string>(
  Object.entries(dataTypes).map(([name, value]) => [value, name]),
);

function factsOf({ name = '', type }: ValueInfoProto): TensorFacts {
  const { elemType = 0, shape } = type?.tensorType ?? {};
  const dims = shape?.dim ?? [];
  return {
    name,
    type: typeNames.get(elemType) ?? 'unknown',
    dims: dims.map(({ dimValue, dimParam }) =>
      dimValue === undefined ? dimParam || unnamed : Number(dimValue),
    ),
  };
}

/** Reads inputs and outputs from an ONNX file; weights named as inputs are none. Throws MODEL_FAULT. */
export function readGraphFacts(model: Uint8Array): GraphFacts {
  try {
    const { graph } = decodeModel(model);
    if (!graph) throw new Error('it holds no graph');
    const weights = new Set(graph.initializer.map(({ name }) => name));
    const inputs = graph.input.filter(({ name }) => !weights.has(name));
    return { inputs: inputs.map(factsOf), outputs: graph.output.map(factsOf) };
  } catch (cause) {
    throw new ScansideError('MODEL_FAULT', `loading: ${(cause as Error).message}`, { cause });
  }
}
