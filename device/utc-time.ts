/** A moment as UTC in ISO 8601, with milliseconds; `wall` is milliseconds since 1970. */
export function utcText(wall: number): string {
  return new Date(wall).toISOString();
}

const pattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/;

/** The moment that a text names, a day or a time in UTC, milliseconds since 1970; undefined for one that is neither. */
export function parseUtc(text: string): number | undefined {
  const wall = pattern.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(wall) ? undefined : wall;
}
