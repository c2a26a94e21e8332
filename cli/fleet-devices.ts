import { isoInstant, systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import type { FleetDevice } from '../ota/fleet/fleet-device.ts';
import { deviceIdForm } from '../ota/mqtt/topics.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';
import { alignColumns } from './text-table.ts';

const hour = 3600_000;

const listUsage = `Lists the devices of the fleet.

Usage: scanside fleet devices [--stale HOURS] [--sites FILE] [OPTIONS]

  --stale HOURS     only those that were not heard for longer
  --sites FILE      first takes from a file where devices stand: a line DEVICE,SITE for each
${databaseUsage}`;

/** `scanside fleet devices`. */
export const fleetDevices: Command = {
  summary: 'lists the devices of the fleet',
  usage: listUsage,
  run: (args, io) =>
    runCommand(args, listUsage, io, async () => {
      const own = { stale: { type: 'string' }, sites: { type: 'string' } } as const;
      const values = readOptions(args, { ...databaseOptions, ...own });
      const stale = values.stale
        ? wholeNumber('stale', values.stale, 0, 100_000) * hour
        : -Infinity;
      const sites = values.sites ? readSites(disk.readText(values.sites)) : undefined;
      const all = await withStore(values, async (store) => {
        if (sites) await store.placeDevices(sites, systemClock.now());
        return store.devices();
      });
      const now = systemClock.now();
      const shown = all.filter(({ seen }) => now - seen > stale);
      io.out(values.json ? JSON.stringify(shown) : tableOf(shown));
      return 0;
    }),
};

function readSites(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line) => {
      const [device = '', site = '', ...more] = line.split(',').map((part) => part.trim());
      if (deviceIdForm.test(device) && site && more.length === 0) return [device, site];
      throw new ScansideError('FLEET_DEVICE_UNKNOWN', `no line DEVICE,SITE: ${line}`);
    }),
  );
}

function tableOf(devices: readonly FleetDevice[]): string {
  const rows = devices.map((each) => [
    each.id,
    each.site || '-',
    each.seen ? isoInstant(each.seen) : 'never',
    each.models.map(({ name, version }) => `${name} ${version}`).join(' ') || '-',
    [
      each.revoked && 'revoked',
      each.pin !== undefined && `pinned: ${each.pin}`,
      each.rollout && `in ${each.rollout}`,
    ]
      .filter(Boolean)
      .join(', '),
  ]);
  return alignColumns([['device', 'site', 'heard', 'models', ''], ...rows]);
}

const pinUsage = `Leaves a device out of rollouts. It keeps what it runs.

Usage: scanside fleet pin --device ID (--because TEXT | --remove) [OPTIONS]

  --device ID       which one
  --because TEXT    why: rollouts say it of the device
  --remove          no longer
${databaseUsage}`;

/** `scanside fleet pin`. */
export const fleetPin: Command = {
  summary: 'leaves a device out of rollouts',
  usage: pinUsage,
  run: (args, io) =>
    runCommand(args, pinUsage, io, async () => {
      const own = { device: { type: 'string' }, because: { type: 'string' } } as const;
      const values = readOptions(args, { ...databaseOptions, ...own, remove: { type: 'boolean' } });
      const device = required('device', values.device);
      if (values.remove && values.because)
        throw new UsageError('--because and --remove exclude each other');
      const because = values.remove ? undefined : required('because', values.because);
      await withStore(values, (store) => store.pin(device, because));
      const text = because ? `${device} is pinned.` : `${device} is pinned no more.`;
      io.out(values.json ? JSON.stringify({ device, pin: because ?? null }) : text);
      return 0;
    }),
};

const revokeUsage = `Takes a device out of the fleet: no rollout waits for it or tells it anything. Revoke its certificate at the
broker's authority as well; this command does not.

Usage: scanside fleet revoke --device ID [--undo] [OPTIONS]

  --device ID       which one
  --undo            believes it again
${databaseUsage}`;

/** `scanside fleet revoke`. */
export const fleetRevoke: Command = {
  summary: 'takes a device out of the fleet',
  usage: revokeUsage,
  run: (args, io) =>
    runCommand(args, revokeUsage, io, async () => {
      const own = { device: { type: 'string' }, undo: { type: 'boolean' } } as const;
      const values = readOptions(args, { ...databaseOptions, ...own });
      const device = required('device', values.device);
      const revoked = !values.undo;
      await withStore(values, (store) => store.revoke(device, revoked));
      const text = revoked ? `${device} is revoked.` : `${device} is believed again.`;
      io.out(values.json ? JSON.stringify({ device, revoked }) : text);
      return 0;
    }),
};
