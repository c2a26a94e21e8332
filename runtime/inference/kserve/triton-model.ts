import type { TensorFacts } from '../session/session-port.ts';
import type { GraphFacts } from './graph-facts.ts';
import { digestParameter } from './model-check.ts';

/** A graph as Triton shall serve it. */
export interface TritonModel {
  /** Name of the model and of its folder. */
  name: string;
  facts: GraphFacts;
  /** SHA-256 of the graph, hexadecimal. */
  digest: string;
  /** Largest batch that Triton may put together. */
  batch: number;
  /** Copies of the graph on each accelerator, or on the processor. */
  instances: number;
  /** `quantised` for a graph with Q/DQ nodes, which TensorRT takes as INT8. */
  accelerator: { name: 'cpu' } | { name: 'tensorrt'; quantised: boolean };
}

/** The version under which every graph is laid out: a new bundle is a new name. */
export const tritonVersion = '1';

/** Name of the graph in a version's folder. */
export const tritonGraph = 'model.onnx';

/** Milliseconds after which a request that still waits is refused: the device has answered it itself by then. */
const longestWaitMs = 10_000;

/** Requests that may wait for one model; more are refused with status 503. */
const longestQueue = 256;

/** Whether the first dimension of everything is free, so that Triton may stack requests. */
function isBatched({ inputs, outputs }: GraphFacts): boolean {
  return [...inputs, ...outputs].every(({ dims }) => typeof dims[0] === 'string');
}

function tensors(kind: string, all: readonly TensorFacts[], batched: boolean): string[] {
  const sizes = ({ dims }: TensorFacts) =>
    dims.slice(batched ? 1 : 0).map((size) => (typeof size === 'string' ? -1 : size));
  const lines = all.map(
    (facts) =>
      `  { name: "${facts.name}" data_type: TYPE_FP32 dims: [ ${sizes(facts).join(', ')} ] }`,
  );
  return [`${kind} [`, lines.join(',\n'), ']'];
}

function batching(): string[] {
  return [
    // No delay and no preferred size: work never waits beside an idle accelerator.
    'dynamic_batching {',
    '  max_queue_delay_microseconds: 0',
    '  default_queue_policy {',
    '    timeout_action: REJECT',
    `    default_timeout_microseconds: ${longestWaitMs * 1000}`,
    `    max_queue_size: ${longestQueue}`,
    '  }',
    '}',
  ];
}

function acceleration({ accelerator }: TritonModel): string[] {
  if (accelerator.name === 'cpu') return [];
  const precision = accelerator.quantised ? 'INT8' : 'FP32';
  return [
    'optimization {',
    '  execution_accelerators {',
    '    gpu_execution_accelerator [',
    '      {',
    '        name: "tensorrt"',
    `        parameters { key: "precision_mode" value: "${precision}" }`,
    '      }',
    '    ]',
    '  }',
    '}',
  ];
}

/** The first request of a size costs seconds where an engine is built: it is Triton's own, before it says "ready". */
function warmup({ facts, batch }: TritonModel): string[] {
  if (facts.inputs.some(({ dims }) => dims.slice(1).some((size) => typeof size === 'string')))
    return [];
  const inputs = facts.inputs.map(({ name, dims }) => {
    const value = `data_type: TYPE_FP32 dims: [ ${dims.slice(1).join(', ')} ] zero_data: true`;
    return `  inputs { key: "${name}" value { ${value} } }`;
  });
  return [...new Set([1, batch])].flatMap((size) => [
    'model_warmup {',
    `  name: "batch-${size}"`,
    `  batch_size: ${size}`,
    ...inputs,
    '}',
  ]);
}

/** `config.pbtxt` of a model, in protobuf's text format (Triton, "Model Configuration"). */
export function describeForTriton(model: TritonModel): string {
  const { name, facts, digest, batch, instances, accelerator } = model;
  const batched = isBatched(facts);
  const kind = accelerator.name === 'cpu' ? 'KIND_CPU' : 'KIND_GPU';
  return [
    `name: "${name}"`,
    'backend: "onnxruntime"',
    `default_model_filename: "${tritonGraph}"`,
    `max_batch_size: ${batched ? batch : 0}`,
    `version_policy { specific { versions: ${tritonVersion} } }`,
    ...tensors('input', facts.inputs, batched),
    ...tensors('output', facts.outputs, batched),
    `instance_group [ { count: ${instances} kind: ${kind} } ]`,
    ...(batched ? batching() : []),
    ...acceleration(model),
    ...(batched ? warmup(model) : []),
    `parameters { key: "${digestParameter}" value { string_value: "${digest}" } }`,
    '',
  ].join('\n');
}
