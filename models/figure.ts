import { z } from 'zod';
import { wilson } from './evaluation/proportion.ts';

const rate = z.number().min(0).max(1);

/** A proportion with the counts it comes from and its 95 % Wilson interval. The loader computes it again. */
export const proportionSchema = z.strictObject({
  count: z.int().nonnegative(),
  of: z.int().positive(),
  low: rate,
  high: rate,
});

export type Proportion = z.infer<typeof proportionSchema>;

/** A figure without counts, with its 95 % interval. */
export const estimateSchema = z.strictObject({ value: rate, low: rate, high: rate });

/** Half a unit of the last of four decimals: what a manifest may round off. */
const rounding = 0.00005 + 1e-9;

/** Whether a proportion's interval follows from its counts. */
export function isProportion({ count, of, low, high }: Proportion): boolean {
  if (count > of) return false;
  const interval = wilson({ successes: count, trials: of });
  return Math.abs(interval.low - low) <= rounding && Math.abs(interval.high - high) <= rounding;
}

/** A proportion as a manifest holds it, its interval to four decimals. */
export function toProportion(count: number, of: number): Proportion {
  const { low, high } = wilson({ successes: count, trials: of });
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return { count, of, low: round(low), high: round(high) };
}
