import { outcomeNames } from '../ota/fleet/store/model-day.ts';
import type { DeviceMessage } from '../ota/fleet/store/message-store.ts';
import { release, start } from './fleet-samples.ts';

const stream = '0123456789abcdef';

/** What a device says that runs a release of chest-demo. */
export function birth(device: string, bdSeq = 1, counter = 1): DeviceMessage & { topic: 'birth' } {
  const { version, sha256 } = release(counter);
  const models = [{ name: 'chest-demo', version, sha256 }];
  const what = { software: '0.1.0', node: '24.21.0', arch: 'arm64', keys: 'file' as const };
  const message = { schema: 1 as const, bdSeq, at: start + bdSeq, ...what, models, commands: [] };
  return { device, topic: 'birth', message };
}

/** The `seq`-th message of a device: how it stands, with a heat that tells which one it is. */
export function telemetry(device: string, seq: number): DeviceMessage & { topic: 'telemetry' } {
  return {
    device,
    topic: 'telemetry',
    message: {
      schema: 1,
      stream,
      seq,
      at: start + seq,
      uptimeSeconds: seq,
      conditions: [],
      heat: { hottest: 40 + (seq % 100), zones: [] },
      work: { engine: 'ready', level: 'full', waiting: 0, undelivered: 0 },
      outcomes: {},
      latency: { relativeError: 0.01, zero: 0, counts: {} },
      disk: { freeBytes: 50, totalBytes: 100 },
      memory: {},
      certificates: [],
      queue: { waiting: 0, dropped: {} },
    },
  };
}

/** The `seq`-th message of a device: what its update agent says of an assignment. */
export function otaReport(
  device: string,
  seq: number,
  assignment: number,
  state: string,
  code?: string,
): DeviceMessage & { topic: 'ota' } {
  const message = { schema: 1 as const, stream, seq, at: start + seq, assignment, state };
  return { device, topic: 'ota', message: { ...message, ...(code && { code }) } };
}

/** What a model did on a day at a device, by outcome; the `seq`-th message of a stream of its own. */
export function summary(
  device: string,
  seq: number,
  when: string,
  outcomes: Record<string, number>,
  version = release(1).version,
): DeviceMessage & { topic: 'summary' } {
  const outcome = outcomeNames.map((name) => outcomes[name] ?? 0);
  const latency = Array.from({ length: 41 }, (_, at) =>
    at === 15 ? outcome.reduce((sum, count) => sum + count, 0) : 0,
  );
  const about = { model: 'chest-demo', version, from: when, to: when };
  const message = {
    schema: 1 as const,
    stream: 'fedcba9876543210',
    seq,
    at: start + seq,
    ...about,
  };
  return { device, topic: 'summary', message: { ...message, counts: { outcome, latency } } };
}
