import type { Tensor } from '../session/session-port.ts';

type Outputs = Readonly<Record<string, Tensor>>;

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function farthest(ours: Float32Array, theirs: Float32Array): number {
  return ours.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)), 0);
}

/**
 * In which output, and how far, a server's answer differs from the local one by more than `share` of the output's
 * largest value, or of one where that is smaller. Undefined where they agree.
 */
export function disagreement(ours: Outputs, theirs: Outputs, share: number): string | undefined {
  for (const [name, { values }] of Object.entries(ours)) {
    const other = theirs[name]?.values;
    if (other?.length !== values.length) return `the output ${name} has another length`;
    const difference = farthest(values, other);
    if (!(difference <= share * Math.max(1, largest(values))))
      return `the output ${name} differs by ${difference.toPrecision(3)} from the one computed here`;
  }
  return undefined;
}
