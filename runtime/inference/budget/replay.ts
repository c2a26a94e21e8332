import type { MachineReadings } from '../../../device/machine/readings.ts';
import { withFan, withoutFan, type Surroundings, type ThermalState } from './thermal-model.ts';

/** Where the simulated board slows itself down, degrees Celsius, as an Orin does. */
export const throttlesAt = 99;

/**
 * The ramp, simulated: a warm room, then a fan that stops in a room that gets hotter, then the fan again. A busy board
 * without a budget passes its throttling point on it.
 */
export const ramp = {
  stopsMs: 10 * 60_000,
  hottestMs: 40 * 60_000,
  runsMs: 60 * 60_000,
  endMs: 80 * 60_000,
};

const room = { warm: 28, hot: 46 };

/** What surrounds the board at a time of the ramp, milliseconds from its start. */
export function surroundingsAt(ms: number): Surroundings {
  const fan = ms < ramp.stopsMs || ms >= ramp.runsMs ? withFan : withoutFan;
  const done = Math.min(1, Math.max(0, (ms - ramp.stopsMs) / (ramp.hottestMs - ramp.stopsMs)));
  return { celsius: room.warm + done * (room.hot - room.warm), ...fan };
}

/** What the simulated board tells of itself: a chip, no rails, memory enough. */
export function simulatedReadings({ chip }: ThermalState): MachineReadings {
  const unknown = undefined;
  return {
    identity: { model: 'simulated', chip: unknown, l4t: unknown },
    zones: [{ name: 'gpu-thermal', celsius: chip, throttlesAt, shutsDownAt: 104.5 }],
    alerts: { throttling: chip >= throttlesAt, hotSurface: unknown },
    overCurrent: { underVoltage: unknown, average: unknown, instantaneous: unknown },
    rails: [],
    gpu: { load: unknown, megahertz: unknown, maxMegahertz: unknown },
    memory: { totalBytes: 8e9, availableBytes: 5e9, stalled: 0, oomKills: 0 },
    powerMode: unknown,
  };
}
