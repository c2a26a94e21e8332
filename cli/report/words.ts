import type { Share } from '../../models/evaluation/operating-point.ts';
import type { Estimate, Interval } from '../../models/evaluation/proportion.ts';

/** What stands for a figure that cannot be made from the cases. */
const none = 'n/a';

export function decimals(value: number | undefined, digits = 3): string {
  return value !== undefined && Number.isFinite(value) ? value.toFixed(digits) : none;
}

/** Both limits, such as 0.925–0.969 or -0.030 to 0.030: a dash before a minus cannot be read. */
export function limits({ low, high }: Interval, digits = 3): string {
  return [low, high].map((limit) => decimals(limit, digits)).join(low < 0 ? ' to ' : '–');
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : none;
}

/** A figure and its limits in words. */
export function estimate(value: Estimate, digits = 3): string {
  return `${decimals(value.value, digits)} [${limits(value, digits)}]`;
}

export function fraction({ successes, trials }: Share): string {
  return `${successes}/${trials}`;
}

/** A p value as journals print it. */
export function pValue(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A threshold: enough digits to be set again. */
export function thresholdText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : none;
}
