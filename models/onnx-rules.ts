import { danglingName, duplicateName, reachViolation } from './onnx/graph-rules.ts';
import { decodeModel } from './onnx/model-file.ts';
import { allowedOperators, controlFlow, domainOf } from './onnx/operators.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './onnx/proto.ts';
import { quote } from './onnx/quote.ts';
import {
  inputViolation,
  type OnnxSignature,
  outputViolation,
  valueViolation,
} from './onnx/signature-rules.ts';
import { countElements } from './onnx/tensor.ts';
import { finiteViolation, sizeViolation, tensorsOf, typeViolation } from './onnx/tensor-rules.ts';
import { ProtobufError } from './onnx/wire.ts';

export type { OnnxSignature };

/** How large a model may be, and of which versions. */
export interface OnnxLimits {
  bytes: number;
  /** Values of all its tensors together. */
  parameters: number;
  nodes: number;
  /** Of the standard operator set. */
  opset: { from: bigint; to: bigint };
  irVersion: { from: bigint; to: bigint };
}

/** What the device takes. Scales for each channel came with operator set 13; 24 is the last one known here. */
export const onnxLimits: OnnxLimits = {
  bytes: 512 << 20,
  parameters: 128 << 20,
  nodes: 20_000,
  opset: { from: 13n, to: 24n },
  irVersion: { from: 4n, to: 12n },
};

/** A rule that a model breaks, by a name that stays, and a sentence for people. */
export interface OnnxViolation {
  rule: OnnxRule;
  why: string;
}

type Check = (graph: GraphProto, model: ModelProto, limits: OnnxLimits) => string | undefined;

/** The first thing that is said of any of them. */
function firstOf<T>(all: Iterable<T>, say: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const said = say(one);
    if (said !== undefined) return said;
  }
  return undefined;
}

const ofNodes =
  (say: (node: NodeProto) => string | undefined): Check =>
  ({ node }) =>
    firstOf(node, say);

const ofTensors =
  (say: (tensor: TensorProto) => string | undefined): Check =>
  (graph) =>
    firstOf(tensorsOf(graph), say);

const sentence = (broken: boolean, why: string): string | undefined => (broken ? why : undefined);

function runsGraphs({ opType = '', attribute }: NodeProto): boolean {
  const holds = attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0);
  return holds || controlFlow.has(opType);
}

function isSparse({ attribute }: NodeProto): boolean {
  return attribute.some(({ sparseTensor, sparseTensors }) => sparseTensor || sparseTensors.length);
}

function opsetViolation({ opsetImport }: ModelProto, { opset }: OnnxLimits): string | undefined {
  const domains = opsetImport.map(domainOf);
  const { from, to } = opset;
  const standard = opsetImport.find((set) => domainOf(set) === '')?.version ?? 0n;
  if (new Set(domains).size !== domains.length) return 'every operator set must be named once';
  return sentence(
    standard < from || standard > to,
    `the standard operator set must be of version ${from} to ${to}, not ${standard}`,
  );
}

function domainViolation({ node }: GraphProto, { opsetImport }: ModelProto): string | undefined {
  const imported = new Set(opsetImport.map(domainOf));
  const unknown = [...opsetImport, ...node].find((one) => !allowedOperators.has(domainOf(one)));
  if (unknown) return `the model must not use operators of ${quote(unknown.domain)}`;
  const missing = node.find((one) => !imported.has(domainOf(one)));
  return missing && `the model must name the operator set of ${quote(missing.opType)}`;
}

function operatorViolation(node: NodeProto): string | undefined {
  const { opType = '', overload = '' } = node;
  const allowed = allowedOperators.get(domainOf(node))?.has(opType) && overload === '';
  return sentence(!allowed, `the model must not use the operator ${quote(opType)}`);
}

function irVersionViolation(
  { irVersion = 0n }: ModelProto,
  limits: OnnxLimits,
): string | undefined {
  const { from, to } = limits.irVersion;
  return sentence(
    irVersion < from || irVersion > to,
    `the IR version must be ${from} to ${to}, not ${irVersion}`,
  );
}

function countParameters(graph: GraphProto): number {
  let count = 0;
  for (const tensor of tensorsOf(graph)) count += Math.abs(countElements(tensor));
  return count;
}

/** In the order they are asked: first what must not be looked into, then what it says, then what it holds. */
const rules = {
  training: (_, { trainingInfo }) =>
    sentence(trainingInfo.length > 0, 'the model must not bring training graphs'),
  functions: ({ node }, { functions }) =>
    sentence(
      functions.length > 0 || node.some(({ attribute }) => attribute.some((a) => a.refAttrName)),
      'the model must not bring functions of its own',
    ),
  'several-devices': ({ node }, { configuration }) =>
    sentence(
      configuration.length > 0 || node.some((one) => one.deviceConfigurations.length > 0),
      'the model must not be laid out for several devices',
    ),
  'control-flow': ofNodes((node) =>
    sentence(runsGraphs(node), 'the model must not branch or loop'),
  ),
  'sparse-tensor': ({ sparseInitializer, node }) =>
    sentence(
      sparseInitializer.length > 0 || node.some(isSparse),
      'the model must not use sparse tensors',
    ),
  'external-data': ofTensors(({ externalData, dataLocation = 0 }) =>
    sentence(externalData.length > 0 || dataLocation !== 0, 'the model must hold its own weights'),
  ),
  'ir-version': (_, model, limits) => irVersionViolation(model, limits),
  opset: (_, model, limits) => opsetViolation(model, limits),
  domain: domainViolation,
  operator: ofNodes(operatorViolation),
  'node-count': ({ node }, _, { nodes }) =>
    sentence(node.length > nodes, `the model must not have more than ${nodes} nodes`),
  'attribute-reach': ofNodes(reachViolation),
  'tensor-type': ofTensors(typeViolation),
  'tensor-size': ofTensors(sizeViolation),
  'parameter-count': (graph, _, { parameters }) =>
    sentence(
      countParameters(graph) > parameters,
      `the model must not have more than ${parameters} parameters`,
    ),
  'not-finite': ofTensors(finiteViolation),
  'duplicate-name': duplicateName,
  'dangling-name': danglingName,
  'value-type': valueViolation,
} as const satisfies Record<string, Check>;

/** Names of the rules. They stay as they are: logs and suppliers refer to them. */
export type OnnxRule = 'file-size' | 'not-onnx' | keyof typeof rules | 'input' | 'output';

function checkModel(
  model: ModelProto,
  expected: OnnxSignature | undefined,
  limits: OnnxLimits,
): OnnxViolation | undefined {
  const { graph } = model;
  if (!graph) return { rule: 'not-onnx', why: 'the model must be ONNX: it has no graph' };
  for (const [rule, check] of Object.entries<Check>(rules)) {
    const why = check(graph, model, limits);
    if (why !== undefined) return { rule: rule as OnnxRule, why };
  }
  const input = expected && inputViolation(graph, expected);
  if (input !== undefined) return { rule: 'input', why: input };
  const output = expected && outputViolation(graph, expected);
  return output === undefined ? undefined : { rule: 'output', why: output };
}

/**
 * The first rule that a model file breaks, or undefined: one graph of known operators that needs nothing outside its
 * own bytes, and takes and gives what is expected. Looked at before any native code sees the file; never throws.
 */
export function checkOnnx(
  bytes: Uint8Array,
  expected?: OnnxSignature,
  limits = onnxLimits,
): OnnxViolation | undefined {
  if (bytes.length > limits.bytes)
    return { rule: 'file-size', why: `the model must not exceed ${limits.bytes} bytes` };
  try {
    return checkModel(decodeModel(bytes), expected, limits);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return { rule: 'not-onnx', why: `the model must be ONNX: ${error.message}` };
  }
}

/** The sentence of `checkOnnx` alone. */
export function onnxViolation(bytes: Uint8Array): string | undefined {
  return checkOnnx(bytes)?.why;
}
