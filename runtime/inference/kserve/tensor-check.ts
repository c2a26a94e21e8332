import { ScansideError } from '../../../device/errors.ts';
import type { Tensor, TensorFacts } from '../session/session-port.ts';

/** Sizes that a run has given to free dimensions, by their names. */
export type FreeSizes = ReadonlyMap<string, number>;

function refuse(what: string): ScansideError {
  return new ScansideError('MODEL_FAULT', `running: ${what}`);
}

export function countValues(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 1;
}

/** Whether sizes are those of a network's input or output; a free dimension without a name is always another. */
export function fits(facts: TensorFacts, dims: readonly number[], sizes: FreeSizes): boolean {
  return (
    dims.length === facts.dims.length &&
    facts.dims.every((wanted, at) => {
      const size = typeof wanted === 'number' ? wanted : sizes.get(wanted);
      return size === undefined || size === dims[at];
    })
  );
}

function checkInput(facts: TensorFacts, tensor: Tensor | undefined, sizes: FreeSizes): void {
  if (!tensor) throw refuse(`the input ${facts.name} is missing`);
  const { dims, values } = tensor;
  if (facts.type !== 'float32') throw refuse(`the input ${facts.name} is ${facts.type}`);
  if (!dims.every(isSize) || !fits(facts, dims, sizes))
    throw refuse(`the input ${facts.name} is [${dims.join(', ')}], not [${facts.dims.join(', ')}]`);
  if (!(values instanceof Float32Array) || values.length !== countValues(dims))
    throw refuse(`the input ${facts.name} must hold ${countValues(dims)} float32 values`);
}

function bind(facts: TensorFacts, tensor: Tensor, sizes: Map<string, number>): void {
  for (const [at, name] of facts.dims.entries())
    if (typeof name === 'string' && name !== '') sizes.set(name, tensor.dims[at] ?? 0);
}

/** Holds what a caller wants to run against the network. Returns the sizes of free dimensions. Throws MODEL_FAULT. */
export function checkRun(
  network: { inputs: readonly TensorFacts[]; outputs: readonly TensorFacts[] },
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): FreeSizes {
  const sizes = new Map<string, number>();
  for (const facts of network.inputs) {
    const tensor = Object.hasOwn(inputs, facts.name) ? inputs[facts.name] : undefined;
    checkInput(facts, tensor, sizes);
    bind(facts, tensor!, sizes);
  }
  const known = (all: readonly TensorFacts[], name: string) => all.some((one) => one.name === name);
  const extra = Object.keys(inputs).find((name) => !known(network.inputs, name));
  if (extra !== undefined) throw refuse(`there is no input ${extra}`);
  const missing = outputs.find((name) => !known(network.outputs, name));
  if (missing !== undefined) throw refuse(`there is no output ${missing}`);
  return sizes;
}
