/**
 * A simulated accelerator: t(B) = overhead + unit × B, slower when it is too hot. It stands in for a device where there
 * is none; whatever is measured with it is to be called simulated.
 */
export interface SimulatedAccelerator {
  /** Milliseconds of a run whatever its size. */
  overheadMs: number;
  /** Milliseconds that each unit adds. */
  unitMs: number;
  /** Where it begins to slow itself down, degrees Celsius. */
  throttlesAt: number;
  /** Speed, as a share of full, when it is `throttlingSpan` degrees hotter than that. */
  throttledSpeed: number;
}

/** In the order of a small classifier in int8 on a small board. */
export const smallAccelerator: SimulatedAccelerator = {
  overheadMs: 6,
  unitMs: 0.8,
  throttlesAt: 99,
  throttledSpeed: 0.4,
};

const throttlingSpan = 4;

/** Milliseconds of a run of `size` units at a temperature. */
export function simulatedMs(
  accelerator: SimulatedAccelerator,
  size: number,
  celsius: number,
): number {
  const { overheadMs, unitMs, throttlesAt, throttledSpeed } = accelerator;
  const excess = Math.min(1, Math.max(0, (celsius - throttlesAt) / throttlingSpan));
  return (overheadMs + unitMs * size) / (1 - excess * (1 - throttledSpeed));
}

/** A recorded temperature: milliseconds from its start and degrees Celsius, in order of time. */
export type TemperatureRamp = readonly { ms: number; celsius: number }[];

/** The temperature of a ramp at a time: on the line between its points, and as at its ends beyond them. */
export function celsiusAt(ramp: TemperatureRamp, ms: number): number {
  const after = ramp.findIndex((point) => point.ms > ms);
  const [from, to] = [ramp.at(after - 1), ramp[after]];
  if (!to) return ramp.at(-1)?.celsius ?? 0;
  if (after === 0 || !from) return to.celsius;
  return from.celsius + ((to.celsius - from.celsius) * (ms - from.ms)) / (to.ms - from.ms);
}
