import { unnamed } from '../session/run-check.ts';
import type { Tensor, TensorFacts } from '../session/session-port.ts';

/** Sizes that a run has given to free dimensions, by their names. */
export type FreeSizes = ReadonlyMap<string, number>;

export function countValues(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** The sizes that the inputs of a run, which have been checked, give to the free dimensions of their network. */
export function freeSizes(
  facts: readonly TensorFacts[],
  inputs: Readonly<Record<string, Tensor>>,
): FreeSizes {
  const pairs = facts.flatMap(({ name, dims }) =>
    dims.map((dim, at) => [dim, inputs[name]?.dims[at] ?? 0] as const),
  );
  return new Map(pairs.filter((pair): pair is [string, number] => typeof pair[0] === 'string'));
}

/** Whether sizes are those of a network's output, given what the inputs have made of its free dimensions. */
export function fits(facts: TensorFacts, dims: readonly number[], sizes: FreeSizes): boolean {
  return (
    dims.length === facts.dims.length &&
    facts.dims.every((wanted, at) => {
      const size = typeof wanted === 'number' ? wanted : sizes.get(wanted);
      return wanted === unnamed || size === undefined || size === dims[at];
    })
  );
}
