import {
  findMonitors,
  listNames,
  readAttribute,
  readInteger,
  type MachineFiles,
} from './attribute.ts';

/** One supply that the board measures. */
export interface PowerRail {
  /** The board's own name for it, such as VDD_IN. */
  label: string;
  watts: number | undefined;
  /** Current as a share of the limit that the board's maker has set; undefined where none is set. */
  limitShare: number | undefined;
}

/** A channel that nothing is soldered to. */
const notConnected = 'NC';

/** Largest voltage over the shunt that the INA3221 can compare with, microvolts. A limit there is no limit. */
const fullScale = 163_000;

const defaultShunt = 5000;

/**
 * Rails of every INA3221 on the board, by label. Only inputs and limits are read: reading an alarm clears it for
 * whoever else watches, and a limit is the board's maker's to set.
 */
export function readPowerRails(files: MachineFiles, sysRoot: string): PowerRail[] {
  return findMonitors(files, sysRoot, 'ina3221').flatMap((folder) =>
    listNames(files, folder)
      .map((name) => /^in(\d+)_label$/.exec(name)?.[1])
      .filter((channel) => channel !== undefined)
      .map((channel) => readRail(files, folder, channel))
      .filter((rail) => rail !== undefined),
  );
}

/** Rails that carry a whole board together; the others hang off them. Orin NX and Nano have VDD_IN alone. */
const inputs = ['VDD_IN', 'VDD_GPU_SOC', 'VDD_CPU_CV', 'VDD_GPU', 'VDD_CPU_SOC_MSS', 'VIN_SYS_5V0'];

/** What the board takes in all; undefined where it measures no input, or one of them cannot be read. */
export function boardWatts(rails: readonly PowerRail[]): number | undefined {
  const watts = rails.filter(({ label }) => inputs.includes(label)).map((rail) => rail.watts);
  return watts.length === 0 ? undefined : watts.reduce(add);
}

function add(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function readRail(files: MachineFiles, folder: string, channel: string): PowerRail | undefined {
  const label = readAttribute(files, `${folder}/in${channel}_label`);
  const millivolts = readInteger(files, `${folder}/in${channel}_input`);
  // The fourth input is the sum of the others' shunts and has no current of its own.
  const known = listNames(files, folder).includes(`curr${channel}_input`);
  if (label === undefined || label === notConnected || !known) return undefined;
  const milliamperes = readInteger(files, `${folder}/curr${channel}_input`);
  const limit = readLimit(files, folder, channel);
  return {
    label,
    watts: multiply(millivolts, milliamperes),
    limitShare:
      limit === undefined || milliamperes === undefined ? undefined : milliamperes / limit,
  };
}

function multiply(millivolts?: number, milliamperes?: number): number | undefined {
  if (millivolts === undefined || milliamperes === undefined) return undefined;
  return (millivolts * milliamperes) / 1e6;
}

/** The average limit where there is one, otherwise the one for an instant; milliamperes. */
function readLimit(files: MachineFiles, folder: string, channel: string): number | undefined {
  const shunt = readInteger(files, `${folder}/shunt${channel}_resistor`) ?? defaultShunt;
  return ['max', 'crit']
    .map((kind) => readInteger(files, `${folder}/curr${channel}_${kind}`))
    .find((limit) => limit !== undefined && limit > 0 && (limit * shunt) / 1000 < fullScale);
}
