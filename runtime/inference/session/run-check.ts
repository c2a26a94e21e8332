import { ScansideError } from '../../../device/errors.ts';
import type { Session, Tensor, TensorFacts } from './session-port.ts';

/** What a free dimension is called that the network gives no name. Two of them need not be equal. */
export const unnamed = '?';

/** Elements of the largest tensor that is accepted: 2 GiB of float32, and far below what a length can hold exactly. */
const mostElements = 2 ** 29;

function refuse(why: string): never {
  throw new ScansideError('MODEL_FAULT', `running: ${why}`);
}

function findFacts(all: readonly TensorFacts[], kind: string, name: string): TensorFacts {
  const facts = all.find((each) => each.name === name) ?? refuse(`there is no ${kind} ${name}`);
  if (facts.type !== 'float32') refuse(`the ${kind} ${name} is ${facts.type}, not float32`);
  return facts;
}

/** A size is fixed by the network, or by whichever tensor used the free dimension's name first. */
function checkDims(facts: TensorFacts, { dims }: Tensor, free: Map<string, number>): void {
  const said = `the input ${facts.name} is ${dims.join('x')}, not ${facts.dims.join('x')}`;
  if (dims.length !== facts.dims.length) refuse(said);
  for (const [at, size] of dims.entries()) {
    const wanted = facts.dims[at]!;
    if (!Number.isSafeInteger(size) || size < 1) refuse(said);
    if (typeof wanted === 'number' ? size !== wanted : size !== (free.get(wanted) ?? size))
      refuse(said);
    if (typeof wanted === 'string' && wanted !== unnamed) free.set(wanted, size);
  }
}

function checkLength({ name }: TensorFacts, { dims, values }: Tensor): void {
  const wanted = dims.reduce((product, size) => product * size, 1);
  if (!(values instanceof Float32Array)) refuse(`the input ${name} is not a Float32Array`);
  if (wanted > mostElements) refuse(`the input ${name} has ${wanted} elements, which is too many`);
  if (values.length !== wanted)
    refuse(`the input ${name} has ${values.length} elements, not ${wanted}`);
}

/** Refuses with MODEL_FAULT what the network does not take or does not give, before anything native sees it. */
export function checkRun(
  session: Pick<Session, 'inputs' | 'outputs'>,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): void {
  const free = new Map<string, number>();
  for (const name of Object.keys(inputs)) findFacts(session.inputs, 'input', name);
  for (const facts of session.inputs) {
    const tensor = inputs[facts.name] ?? refuse(`the input ${facts.name} is missing`);
    checkDims(facts, tensor, free);
    checkLength(facts, tensor);
  }
  if (outputs.length === 0 || new Set(outputs).size < outputs.length)
    refuse('outputs must be named, and each once');
  for (const name of outputs) findFacts(session.outputs, 'output', name);
}
