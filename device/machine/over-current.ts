import { findMonitors, readInteger, type MachineFiles } from './attribute.ts';

/** How often each limit of supply was broken since the machine started. Only the difference of two readings says something. */
export interface OverCurrent {
  underVoltage: number | undefined;
  average: number | undefined;
  /** Fires at steps of load and may count several a second in healthy work at the highest power mode. */
  instantaneous: number | undefined;
}

/** Counters of the soctherm_oc monitor: OC1 under-voltage, OC2 average and OC3 instantaneous over-current. */
export function readOverCurrent(files: MachineFiles, sysRoot: string): OverCurrent {
  const folder = findMonitors(files, sysRoot, 'soctherm_oc')[0];
  return {
    underVoltage: readCount(files, folder, 1),
    average: readCount(files, folder, 2),
    instantaneous: readCount(files, folder, 3),
  };
}

function readCount(
  files: MachineFiles,
  folder: string | undefined,
  number: number,
): number | undefined {
  return folder === undefined ? undefined : readInteger(files, `${folder}/oc${number}_event_cnt`);
}
