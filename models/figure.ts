import { z } from 'zod';

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

/** Two-sided 95 % quantile of the normal distribution. */
const z95 = 1.959963984540054;

/** The 95 % Wilson score interval of `count` out of `of`. */
export function wilsonInterval(count: number, of: number): { low: number; high: number } {
  const share = count / of;
  const scale = 1 + z95 ** 2 / of;
  const centre = (share + z95 ** 2 / (2 * of)) / scale;
  const half = (z95 / scale) * Math.sqrt((share * (1 - share)) / of + z95 ** 2 / (4 * of ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Half a unit of the last of four decimals: what a manifest may round off. */
const rounding = 0.00005 + 1e-9;

/** Whether a proportion's interval follows from its counts. */
export function isProportion({ count, of, low, high }: Proportion): boolean {
  if (count > of) return false;
  const interval = wilsonInterval(count, of);
  return Math.abs(interval.low - low) <= rounding && Math.abs(interval.high - high) <= rounding;
}

/** A proportion as a manifest holds it, its interval to four decimals. */
export function toProportion(count: number, of: number): Proportion {
  const { low, high } = wilsonInterval(count, of);
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return { count, of, low: round(low), high: round(high) };
}
