import type { ActiveCondition } from '../device/conditions.ts';
import type { Bundle } from '../models/bundle.ts';
import type { DeviceView, PauseView } from '../panel/source.ts';
import { listUnsafe, type Configuration } from './config.ts';
import type { InferenceView } from './inference/inference-service.ts';

export interface DeviceFacts {
  configuration: Configuration;
  now: number;
  space: { free: number; total: number };
  bundles: Bundle[];
  inference: InferenceView;
  /** What is wrong with the box around the appliance. */
  surroundings: readonly string[];
  /** Names of destinations whose last attempt failed. */
  failing: string[];
  waiting: number;
  /** Studies of the last day with different images under one SOP Instance UID. */
  conflicting: number;
  /** Studies of the last day that name different patients. */
  mixed: number;
  queue: number;
  lastMessageAt: number | undefined;
  pause: PauseView;
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
    pacs: describeArchives(facts),
    outboxWaiting: facts.waiting,
    model: bundles
      .map(({ manifest: { identity } }) => `${identity.name} ${identity.version}`)
      .join(', '),
    demo: bundles.some(({ manifest }) => manifest.identity.status !== 'cleared'),
    engine: describeEngine(facts.inference),
    accelerator: describePlaces(facts.inference),
    hottest: facts.inference.hottest,
    diskFreePercent,
    pause: facts.pause,
    conditions: [
      ...warnOfInference(facts.inference),
      ...facts.surroundings,
      ...failing.map(
        (name) => `No connection to ${name}: results wait here and are sent when it answers`,
      ),
      ...(facts.mixed > 0 ? [describeMixed(facts.mixed)] : []),
      ...(facts.conflicting > 0 ? [describeConflicts(facts)] : []),
      ...(diskFreePercent < lowDiskPercent ? [`Disk almost full: ${diskFreePercent} % free`] : []),
      ...(100 * space.free < configuration.spool.refuseBelowPercentFree * space.total
        ? ['Disk full: images are refused until there is room; the scanner has to send them again']
        : []),
      ...(unsafe.length ? [`Not safe for clinical use: ${unsafe.join('; ')}`] : []),
    ].map((text): ActiveCondition => ({ id: 'other', values: { text } })),
  };
}

/** A destination that is told messages is no PACS: where it fails, its own warning says so. */
function describeArchives({ configuration, failing }: DeviceFacts): DeviceView['pacs'] {
  const archives = configuration.destinations.filter((to) => 'objects' in to);
  if (archives.length === 0) return 'none';
  return archives.some(({ name }) => failing.includes(name)) ? 'failing' : 'ok';
}

function describeEngine({ state, level }: InferenceView): DeviceView['engine'] {
  return level === 'hold' ? 'held' : state;
}

const places = { cpu: 'processor', tensorrt: 'TensorRT' };

/** What the bundles run on, each once. */
function describePlaces({ served }: InferenceView): string {
  const named = served.map(({ placement: { runtime, provider } }) =>
    runtime === 'kserve' ? 'server' : places[provider],
  );
  return [...new Set(named)].join(', ');
}

function warnOfInference({ level, budget, late, detours: [detour] }: InferenceView): string[] {
  if (level === 'hold') return [`AI WAITS, ${budget}. No exam is lost`];
  const behind =
    late?.byMs === undefined ? 'AI is behind' : `AI is about ${roundUp(late.byMs / 1000)} s behind`;
  return [
    ...(late ? [`${behind}: ${late.because}`] : []),
    ...(detour ? [`AI runs here and not on the server: ${detour.because}`] : []),
    ...(budget === undefined ? [] : [`AI works slower, ${budget}`]),
  ];
}

/** To one second below ten, then to ten: nobody needs to know better, and it should not change every second. */
function roundUp(seconds: number): number {
  const step = seconds < 10 ? 1 : 10;
  return Math.ceil(seconds / step) * step;
}

const consequences = {
  'keep-first': 'what was received first counts',
  'use-latest': 'what was received last counts',
  quarantine: 'such an exam gets no AI result',
} as const;

function describeMixed(mixed: number): string {
  const exams = mixed === 1 ? '1 exam names' : `${mixed} exams name`;
  return `${exams} different patients: NOTHING IS SENT. Compare the patient on the scanner console and send the exam again`;
}

function describeConflicts({ conflicting, configuration }: DeviceFacts): string {
  const exams = conflicting === 1 ? '1 exam' : `${conflicting} exams`;
  const consequence = consequences[configuration.receiver.duplicatePolicy];
  return `${exams} with different images under one identity: ${consequence}. Check the numbering on the scanner`;
}
