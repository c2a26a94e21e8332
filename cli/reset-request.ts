import { disk } from '../device/files.ts';
import { type LeavingAct, begunLeaving } from '../provisioning/leaving/leaving.ts';
import { type Configuration, loadConfiguration } from '../runtime/config.ts';
import { countUndelivered } from '../runtime/housekeeping.ts';
import { ScansideError } from '../device/errors.ts';
import type { Storage } from '../runtime/storage.ts';
import { required, UsageError } from './options.ts';

/** Options of every command of the group. */
export const resetOptions = {
  config: { type: 'string' },
  'yes-destroy': { type: 'string' },
  'undelivered-too': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const resetUsage = `  --config FILE         the configuration of the appliance, which must not be running
  --yes-destroy SERIAL  the serial number of the device, so that it is the one that is meant
  --undelivered-too     also gives up studies without a result, and results that somebody does not have yet
  --help                this text`;

interface ResetValues {
  config?: string | undefined;
  'yes-destroy'?: string | undefined;
}

/** The device that is meant, once its serial number has been given twice: there and in the configuration. */
export function confirmDevice(values: ResetValues): Configuration {
  const configuration = loadConfiguration(required('config', values.config), disk);
  if (required('yes-destroy', values['yes-destroy']) === configuration.device.serial)
    return configuration;
  throw new UsageError('--yes-destroy is not the serial number of this device');
}

/** Whether this erasing was begun before. Throws LEAVING_UNFINISHED where another was. */
export function isBegun(dataFolder: string, act: LeavingAct): boolean {
  const begun = begunLeaving(disk, dataFolder);
  if (begun && begun.act !== act) throw new ScansideError('LEAVING_UNFINISHED', begun.act);
  return begun !== undefined;
}

/** How many studies nobody else has for good. Throws LEAVING_REFUSED unless they are given up. */
export function judgeUndelivered(
  configuration: Configuration,
  storage: Storage,
  givenUp: boolean | undefined,
): number {
  const undelivered = countUndelivered({ configuration, storage });
  if (undelivered > 0 && !givenUp)
    throw new ScansideError('LEAVING_REFUSED', `${undelivered} studies`);
  return undelivered;
}
