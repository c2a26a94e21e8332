import { dataTypes, type GraphProto, type ValueInfoProto } from './proto.ts';
import { quote } from './quote.ts';

/** What the rest of a bundle expects of its model. */
export interface OnnxSignature {
  /** The only input: float32, the batch first, then these sizes. */
  input: { name: string; sizes: readonly number[] };
  /** All outputs, with the number of their dimensions, the batch included. */
  outputs: readonly { name: string; rank: number }[];
}

/** The sizes of a float32 tensor, undefined where they are known only when the model runs. */
function shapeOf({ type }: ValueInfoProto): (number | undefined)[] | undefined {
  const kinds = type ? Object.keys(type).filter((key) => key !== 'denotation') : [];
  const { elemType, shape } = type?.tensorType ?? {};
  if (kinds.length !== 1 || elemType !== dataTypes.float32 || !shape) return undefined;
  return shape.dim.map(({ dimValue }) => (dimValue === undefined ? undefined : Number(dimValue)));
}

/** Whatever goes in and comes out is a float32 tensor of a known number of dimensions. */
export function valueViolation({ input, output }: GraphProto): string | undefined {
  const other = [...input, ...output].find((value) => !shapeOf(value));
  return other && `the model must take and give float32 tensors only: ${quote(other.name)}`;
}

/** The input is the one that is expected; its batch is free, or one. */
export function inputViolation(graph: GraphProto, { input }: OnnxSignature): string | undefined {
  const { name, sizes: expected } = input;
  const wanted = `${quote(name)} [batch, ${expected.join(', ')}]`;
  const [first, ...others] = graph.input;
  const [batch, ...sizes] = (first && shapeOf(first)) ?? [];
  const right = first?.name === name && sizes.join() === expected.join();
  if (right && others.length === 0 && (batch === undefined || batch === 1)) return undefined;
  const found = graph.input.map((value) => `${quote(value.name)} [${shapeOf(value)?.join(', ')}]`);
  return `the only input must be ${wanted}, not ${found.join('; ') || 'none'}`;
}

/** The outputs are those that are expected, in any order. */
export function outputViolation(graph: GraphProto, { outputs }: OnnxSignature): string | undefined {
  const describe = (name: string | undefined, rank: number | undefined) =>
    `${quote(name)} of rank ${rank}`;
  const wanted = outputs.map(({ name, rank }) => describe(name, rank)).toSorted();
  const found = graph.output
    .map((value) => describe(value.name, shapeOf(value)?.length))
    .toSorted();
  if (wanted.join() === found.join()) return undefined;
  return `the outputs must be ${wanted.join(', ')}, not ${found.join(', ') || 'none'}`;
}
