/** A quantity freed of noise, and where it is going. */
export interface Trend {
  value: number;
  /** Change a second. */
  slope: number;
  /** When it was last read, monotonic milliseconds. */
  at: number;
}

/** Time constants of the two averages, milliseconds. Noise of a degree moves the forecast by less than three. */
const valueMs = 5_000;
const slopeMs = 15_000;

/** Takes in one reading: exponentially weighted averages of the value and of its change, for any interval. */
export function follow(trend: Trend | undefined, reading: number, at: number): Trend {
  if (trend === undefined) return { value: reading, slope: 0, at };
  const elapsed = at - trend.at;
  if (elapsed <= 0) return trend;
  const value = mix(trend.value, reading, elapsed / valueMs);
  const change = ((value - trend.value) / elapsed) * 1000;
  return { value, slope: mix(trend.slope, change, elapsed / slopeMs), at };
}

/** Where it will be in `ms`. Only a rise is extrapolated: that something cools now is no promise. */
export function forecast(trend: Trend, ms: number): number {
  return trend.value + (Math.max(0, trend.slope) * ms) / 1000;
}

function mix(old: number, current: number, weight: number): number {
  return old + (current - old) * (1 - Math.exp(-weight));
}
