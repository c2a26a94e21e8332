/**
 * A simulated board: one node for the chip, one for what carries its heat away, each a thermal resistance and a
 * capacity. It stands in for a device in tests and benchmarks; whatever is measured with it is to be called simulated.
 */
export interface ThermalModel {
  /** Watts with an idle and with a fully busy accelerator. */
  idleWatts: number;
  busyWatts: number;
  /** From the chip to the heat sink. Kelvin per watt, joules per kelvin. */
  chipResistance: number;
  chipCapacity: number;
  sinkCapacity: number;
}

/** What surrounds the board. */
export interface Surroundings {
  celsius: number;
  /** From the heat sink to the air: small with a running fan, large without. Kelvin per watt. */
  sinkResistance: number;
}

/** Temperatures of the two nodes, degrees Celsius. */
export interface ThermalState {
  chip: number;
  sink: number;
}

/**
 * In the order of an Orin Nano developer kit: from published runs of others with the fan off, 6.2 K/W in all, a time
 * constant of 6.6 minutes, 6.8 W when little is done and 9.3 W at most.
 */
export const smallBoard: ThermalModel = {
  idleWatts: 6.3,
  busyWatts: 9.3,
  chipResistance: 1.2,
  chipCapacity: 4,
  sinkCapacity: 64,
};

export const withFan = { sinkResistance: 1.6 };
export const withoutFan = { sinkResistance: 5 };

/** Longest step of the integration, milliseconds; well below the chip's time constant. */
const stepMs = 250;

/** The temperatures after `ms` during which the accelerator was busy for the share `duty` of the time. */
export function stepHeat(
  model: ThermalModel,
  state: ThermalState,
  around: Surroundings,
  duty: number,
  ms: number,
): ThermalState {
  const watts = model.idleWatts + duty * (model.busyWatts - model.idleWatts);
  let { chip, sink } = state;
  for (let left = ms; left > 0; left -= stepMs) {
    const seconds = Math.min(left, stepMs) / 1000;
    const up = (chip - sink) / model.chipResistance;
    const out = (sink - around.celsius) / around.sinkResistance;
    chip += ((watts - up) / model.chipCapacity) * seconds;
    sink += ((up - out) / model.sinkCapacity) * seconds;
  }
  return { chip, sink };
}

/** Where the board comes to rest at a constant duty. */
export function restingHeat(model: ThermalModel, around: Surroundings, duty: number): ThermalState {
  const watts = model.idleWatts + duty * (model.busyWatts - model.idleWatts);
  const sink = around.celsius + watts * around.sinkResistance;
  return { chip: sink + watts * model.chipResistance, sink };
}
