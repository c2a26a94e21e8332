import { UsageError } from './options.ts';

/** The option as a number. Throws UsageError outside of `low` to `high`. */
export function number(name: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= low && value <= high) return value;
  throw new UsageError(`--${name} must be a number from ${low} to ${high}`);
}
