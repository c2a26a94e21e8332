import type { DeviceView } from '../panel/source.ts';
import { activeConditions, type ConditionFacts } from './device-conditions.ts';
import type { InferenceView } from './inference/inference-service.ts';

export interface DeviceFacts extends ConditionFacts {
  waiting: number;
  queue: number;
  lastMessageAt: number | undefined;
}

/** The panel's device line. */
export function describeDevice(facts: DeviceFacts): DeviceView {
  const { configuration, bundles, inference, space } = facts;
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
    engine: inference.level === 'hold' ? 'held' : inference.state,
    accelerator: describePlaces(inference),
    hottest: inference.hottest,
    diskFreePercent: Math.floor((100 * space.free) / space.total),
    pause: facts.pause ?? { paused: false },
    conditions: activeConditions(facts),
  };
}

/** A destination that is told messages is no PACS: where it fails, its own condition says so. */
function describeArchives({ configuration, failing }: DeviceFacts): DeviceView['pacs'] {
  const archives = configuration.destinations.filter((to) => 'objects' in to);
  if (archives.length === 0) return 'none';
  return archives.some(({ name }) => failing.includes(name)) ? 'failing' : 'ok';
}

const places = { cpu: 'processor', tensorrt: 'TensorRT' };

/** What the bundles run on, each once. */
export function describePlaces({ served }: Pick<InferenceView, 'served'>): string {
  const named = served.map(({ placement: { runtime, provider } }) =>
    runtime === 'kserve' ? 'server' : places[provider],
  );
  return [...new Set(named)].join(', ');
}
