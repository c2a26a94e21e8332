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
  /** Studies of the last day with different images under one SOP Instance UID. */
  conflicting: number;
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
    demo: bundles.some(({ manifest }) => manifest.identity.status !== 'cleared'),
    engine: facts.enginePid === undefined ? 'starting' : 'ok',
    diskFreePercent,
    warnings: [
      ...failing.map(
        (name) => `No connection to ${name}: results wait here and are sent when it answers`,
      ),
      ...(facts.conflicting > 0 ? [describeConflicts(facts)] : []),
      ...(diskFreePercent < lowDiskPercent ? [`Disk almost full: ${diskFreePercent} % free`] : []),
      ...(100 * space.free < configuration.spool.refuseBelowPercentFree * space.total
        ? ['Disk full: images are refused until there is room; the scanner has to send them again']
        : []),
      ...(unsafe.length ? [`Not safe for clinical use: ${unsafe.join('; ')}`] : []),
    ],
  };
}

const consequences = {
  'keep-first': 'what was received first counts',
  'use-latest': 'what was received last counts',
  quarantine: 'such an exam gets no AI result',
} as const;

function describeConflicts({ conflicting, configuration }: DeviceFacts): string {
  const exams = conflicting === 1 ? '1 exam' : `${conflicting} exams`;
  const consequence = consequences[configuration.receiver.duplicatePolicy];
  return `${exams} with different images under one identity: ${consequence}. Check the numbering on the scanner`;
}
