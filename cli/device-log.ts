import { join } from 'node:path';
import type { AuditEvent } from '../audit/event.ts';
import { AuditLog } from '../audit/log.ts';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';
import { hospitalKeyOf } from '../runtime/audit-trail.ts';
import type { Configuration } from '../runtime/config.ts';
import type { Io } from './command.ts';

/**
 * Works on the audit log of a device whose appliance does not run, opened as the appliance would, and closes it; resolves
 * to its last checkpoint. Rejects as AuditLog.open and `work` do.
 */
export async function withDeviceLog(
  configuration: Pick<Configuration, 'dataFolder' | 'audit'>,
  keys: Keys,
  work: (log: AuditLog) => Promise<void>,
): Promise<string> {
  let last = '';
  const log = await openDeviceLog(configuration, keys, (checkpoint) => (last = checkpoint));
  try {
    await work(log);
  } finally {
    await log.close();
  }
  return last;
}

function openDeviceLog(
  configuration: Pick<Configuration, 'dataFolder' | 'audit'>,
  keys: Keys,
  witness: (checkpoint: string) => void,
): Promise<AuditLog> {
  const folder = join(configuration.dataFolder, 'audit');
  const hospital = hospitalKeyOf({ configuration, files: disk, keys }, folder);
  const quota = configuration.audit.quotaMegabytes * 2 ** 20;
  return AuditLog.open({
    files: disk,
    clock: systemClock,
    folder,
    keys,
    hospital,
    quota,
    witness,
  });
}

/** What was done to the root key, to the configuration, or to all that the device holds. */
export type DeviceAct =
  | 'root-key-sealed'
  | 'root-key-changed'
  | 'root-key-destroyed'
  | 'patient-data-erased'
  | 'configuration-reset'
  | 'configuration-exported'
  | 'configuration-imported';

/**
 * Records such an act, and resolves to the last checkpoint of the log. What cannot be recorded is told
 * and stops nothing: a key that somebody may know must be changed all the same.
 */
export async function recordDeviceAct(
  configuration: Pick<Configuration, 'dataFolder' | 'audit'>,
  keys: Keys,
  act: DeviceAct,
  io: Io,
): Promise<string | undefined> {
  const event: AuditEvent = { name: 'security-configuration', outcome: 0, fields: { item: act } };
  try {
    return await withDeviceLog(configuration, keys, (log) => log.append(event));
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    io.error(`The audit log does not say so: ${error.message}`);
    return undefined;
  }
}
