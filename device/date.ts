/** A moment as the date that libraries take; milliseconds since 1970 UTC. */
export function dateOf(ms: number): Date {
  return new Date(ms);
}
