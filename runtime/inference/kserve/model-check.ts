import { ScansideError } from '../../../device/errors.ts';
import type { TensorFacts } from '../session/session-port.ts';
import type { GraphFacts } from './graph-facts.ts';
import { elementTypes, type ModelMetadata, type TensorMetadata } from './protocol.ts';

/** Parameter of a model on the server that holds the SHA-256 of its graph, hexadecimal. */
export const digestParameter = 'graph_sha256';

function describe(name: string, type: string, dims: readonly (number | string)[]): string {
  const sizes = dims.map((size) => (typeof size === 'string' || size < 0 ? '?' : size));
  return `${name} ${type} [${sizes.join(', ')}]`;
}

const ofGraph = ({ name, type, dims }: TensorFacts) => describe(name, type, dims);

const ofServer = ({ name, datatype, shape }: TensorMetadata) =>
  describe(name, elementTypes.get(datatype) ?? datatype, shape);

function difference(
  kind: string,
  wanted: readonly TensorFacts[],
  found: readonly TensorMetadata[] | null | undefined,
): string | undefined {
  const [ours, theirs] = [wanted.map(ofGraph), (found ?? []).map(ofServer)].map((all) =>
    all.toSorted().join('; '),
  );
  return ours === theirs ? undefined : `its ${kind} are ${theirs || 'not told'}, not ${ours}`;
}

/** Throws MODEL_MISMATCH where the server's model `name` is not the graph that the bundle holds. */
export function checkModel(name: string, facts: GraphFacts, told: ModelMetadata): void {
  const wrong =
    (told.name === name ? undefined : `it calls itself ${told.name}`) ??
    difference('inputs', facts.inputs, told.inputs) ??
    difference('outputs', facts.outputs, told.outputs);
  if (wrong !== undefined) throw new ScansideError('MODEL_MISMATCH', `${name}: ${wrong}`);
}

/** Throws MODEL_MISMATCH where the server tells the graph's digest, and it is none of those that it may be. */
export function checkDigest(name: string, allowed: readonly string[], told: unknown): void {
  if (told === undefined || told === null || allowed.some((each) => each === told)) return;
  const found = JSON.stringify(told).slice(0, 70);
  const what = `${name}: ${digestParameter} is ${found}, not ${allowed.join(' or ')}`;
  throw new ScansideError('MODEL_MISMATCH', what);
}

/** The version to ask for where none is configured: the highest that the server lists, if it has versions at all. */
export function highestVersion({ versions }: ModelMetadata): string | undefined {
  return versions?.toSorted((a, b) => Number(b) - Number(a) || b.localeCompare(a))[0];
}
