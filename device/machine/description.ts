import { boardWatts } from './power-rails.ts';
import type { MachineReadings } from './readings.ts';
import type { ThermalZone } from './thermal-zones.ts';

/** The machine in words, for people. */
export interface MachineDescription {
  /** What is known, such as "49 °C, slows itself down at 99 °C; 6.3 W; 5.2 of 8.0 GB memory free; MAXN_SUPER". */
  line: string;
  /** What somebody should look at, each a sentence with what to do. */
  warnings: string[];
}

/** Says what is known of the machine and leaves out what is not. */
export function describeReadings(readings: MachineReadings): MachineDescription {
  const parts = [
    readings.identity.model,
    describeHeat(readings.zones),
    describeWatts(readings),
    describeMemory(readings),
    readings.powerMode,
  ].filter((part) => part !== undefined);
  const warnings = warningTable.filter(({ when }) => when(readings)).map(({ words }) => words);
  return { line: parts.length === 0 ? 'nothing known' : parts.join('; '), warnings };
}

/** The warmest zone, and the lowest temperature at which one throttles. */
function describeHeat(zones: readonly ThermalZone[]): string | undefined {
  const warmest = largest(zones.map((zone) => zone.celsius));
  if (warmest === undefined) return undefined;
  const trip = largest(zones.map((zone) => zone.throttlesAt).map((at) => at && -at));
  const slows = trip === undefined ? '' : `, slows itself down at ${Math.round(-trip)} °C`;
  return `${Math.round(warmest)} °C${slows}`;
}

function largest(values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function describeWatts({ rails }: MachineReadings): string | undefined {
  const watts = boardWatts(rails);
  return watts === undefined ? undefined : `${watts.toFixed(1)} W`;
}

function describeMemory({ memory }: MachineReadings): string | undefined {
  const { availableBytes: free, totalBytes: total } = memory;
  if (free === undefined || total === undefined) return undefined;
  return `${(free / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB memory free`;
}

interface Warning {
  when: (readings: MachineReadings) => boolean;
  words: string;
}

const warningTable: Warning[] = [
  {
    when: ({ alerts }) => alerts.throttling === true,
    words: 'The device slows itself down because it is too hot. Free its vents and check its fan.',
  },
  {
    when: ({ alerts }) => alerts.hotSurface === true,
    words: 'The housing is hot to the touch.',
  },
  {
    when: ({ zones, identity }) =>
      zones.every((zone) => zone.celsius === undefined) &&
      (zones.length > 0 || identity.chip !== undefined),
    words:
      'No temperature can be read, so analysis runs with care. Restart the device; if it stays, have it checked.',
  },
  {
    when: ({ overCurrent }) => (overCurrent.underVoltage ?? 0) > 0,
    words:
      'The supply voltage has been too low since the start. Check the power adapter and its cable.',
  },
  {
    when: ({ overCurrent }) => (overCurrent.average ?? 0) > 0,
    words:
      'The device has drawn too much current since the start. Check its power mode and adapter.',
  },
  {
    when: ({ memory }) => (memory.oomKills ?? 0) > 0,
    words: 'Memory has run out since the start and a program was ended. Run fewer models at once.',
  },
];
