import { listNames, readAttribute, readInteger, type MachineFiles } from './attribute.ts';

/** What the kernel is doing against heat right now; undefined where it does not say. */
export interface HeatAlerts {
  /** It slows some part of the chip down. */
  throttling: boolean | undefined;
  /** The housing is hot to the touch. Nothing is slowed. */
  hotSurface: boolean | undefined;
}

/**
 * Reads the alerts among the cooling devices. Fans and the scaling of clocks (pwm-fan, cpufreq-*, devfreq-*) are
 * cooling devices too and have states above zero in ordinary work.
 */
export function readHeatAlerts(files: MachineFiles, sysRoot: string): HeatAlerts {
  const folder = `${sysRoot}/class/thermal`;
  const devices = listNames(files, folder)
    .filter((entry) => entry.startsWith('cooling_device'))
    .map((entry) => ({
      type: readAttribute(files, `${folder}/${entry}/type`) ?? '',
      state: readInteger(files, `${folder}/${entry}/cur_state`),
    }));
  return {
    throttling: anyRaised(devices.filter(({ type }) => type.endsWith('-throttle-alert'))),
    hotSurface: anyRaised(devices.filter(({ type }) => type === 'hot-surface-alert')),
  };
}

/** One raised alert is certain; that none is, only when each could be read. */
function anyRaised(devices: { state: number | undefined }[]): boolean | undefined {
  if (devices.some(({ state }) => state !== undefined && state > 0)) return true;
  const unread = devices.length === 0 || devices.some(({ state }) => state === undefined);
  return unread ? undefined : false;
}
