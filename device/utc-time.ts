/** A moment as UTC in ISO 8601, with milliseconds; `wall` is milliseconds since 1970. */
export function utcText(wall: number): string {
  return new Date(wall).toISOString();
}
