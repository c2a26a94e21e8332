import type { Bundle } from '../models/bundle.ts';
import type { DeviceView } from '../panel/source.ts';
import { listUnsafe, type Configuration } from './config.ts';

export interface DeviceFacts {
  configuration: Configuration;
  now: number;
  space: { free: number; total: number };
  bundles: Bundle[];
  enginePid: number | undefined;
  /** Names of destinations whose last attempt failed. */
  failing: string[];
  waiting: number;
  queue: number;
  lastMessageAt: number | undefined;
}

/** Free disk below which the panel says so. */
const lowDiskPercent = 10;

/** The panel's device line. */
export function describeDevice(facts: DeviceFacts): DeviceView {
  const { configuration, bundles, failing, space } = facts;
  const unsafe = listUnsafe(configuration);
  const diskFreePercent = Math.floor((100 * space.free) / space.total);
  return {
    name: configuration.device.name,
    serial: configuration.device.serial,
    now: facts.now,
    lastScannerMessageAt: facts.lastMessageAt,
    queue: facts.queue,
    pacs: configuration.destinations.length === 0 ? 'none' : failing.length ? 'failing' : 'ok',
    outboxWaiting: facts.waiting,
    model: bundles
      .map(({ manifest: { identity } }) => `${identity.name} ${identity.version}`)
      .join(', '),
    demo: bundles.some(({ manifest }) => manifest.identity.status === 'demo'),
    engine: facts.enginePid === undefined ? 'starting' : 'ok',
    diskFreePercent,
    warnings: [
      ...failing.map(
        (name) => `No connection to ${name}: results wait here and are sent when it answers`,
      ),
      ...(diskFreePercent < lowDiskPercent ? [`Disk almost full: ${diskFreePercent} % free`] : []),
      ...(unsafe.length ? [`Not safe for clinical use: ${unsafe.join('; ')}`] : []),
    ],
  };
}
