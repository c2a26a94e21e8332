const firstMs = 5000;
const longestMs = 5 * 60_000;
const shortestMs = 100;

/**
 * Milliseconds until the next attempt, after so many that failed. Anywhere in a time that doubles: when a broker starts
 * again, its devices come spread out. `random` is 0 to 1.
 */
export function reconnectDelay(failures: number, random: number): number {
  const span = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16));
  return Math.max(shortestMs, Math.round(span * random));
}
