/** A moment as the date that libraries take; milliseconds since 1970 UTC. */
export function dateOf(ms: number): Date {
  return new Date(ms);
}

/** Milliseconds since 1970 UTC of a time in ISO 8601; NaN where it is none. */
export function readInstant(text: string): number {
  return Date.parse(text);
}
