/** A whole number from 1 that an option names. Throws for anything else. */
export function countOf(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${option} must be a whole number from 1, not ${text}`);
}
