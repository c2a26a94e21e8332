import {
  type AttributeProto,
  attributeTypes,
  dataTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.ts';

/** A whole number, a list of whole numbers, or a text. */
export type AttributeValue = number | readonly number[] | string;

function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  const empty = { floats: [], ints: [], strings: [], tensors: [], graphs: [], typeProtos: [] };
  const made: AttributeProto = { name, ...empty, sparseTensors: [] };
  if (typeof value === 'number') return { ...made, i: BigInt(value), type: attributeTypes.int };
  if (typeof value === 'string')
    return { ...made, s: new TextEncoder().encode(value), type: attributeTypes.string };
  return { ...made, ints: value.map(BigInt), type: attributeTypes.ints };
}

/** A node of the standard operator set, named after its first output. */
export function makeNode(
  opType: string,
  { input, output }: { input: string[]; output: string[] },
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
  const name = `${opType}:${output[0]}`;
  return { input, output, name, opType, attribute, metadataProps: [], deviceConfigurations: [] };
}

/** A float32 input or output; a text in the shape names a size that is known only when the model runs. */
export function makeFloatValue(name: string, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    typeof size === 'string' ? { dimParam: size } : { dimValue: BigInt(size) },
  );
  const type = { tensorType: { elemType: dataTypes.float32, shape: { dim } } };
  return { name, type, metadataProps: [] };
}

interface GraphParts {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
}

/** A graph of these parts and a model around it, of operator set 13. */
export function makeModel(parts: GraphParts): ModelProto & { graph: GraphProto } {
  const graph: GraphProto = {
    ...parts,
    valueInfo: [],
    quantizationAnnotation: [],
    sparseInitializer: [],
    metadataProps: [],
  };
  return {
    irVersion: 7n,
    producerName: 'scanside',
    graph,
    opsetImport: [{ domain: '', version: 13n }],
    metadataProps: [],
    trainingInfo: [],
    functions: [],
    configuration: [],
  };
}
