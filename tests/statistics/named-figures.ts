import type { Estimate } from '../../models/evaluation/proportion.ts';

/** Figures by the name that the reference programs print them under. */
export type Figures = Record<string, number>;

export function estimateFigures(name: string, { value, low, high }: Estimate): Figures {
  return { [name]: value, [`${name}.low`]: low, [`${name}.high`]: high };
}

export function numbered(name: string, values: readonly number[]): Figures {
  return Object.fromEntries(values.map((value, at) => [`${name}.${at}`, value]));
}
