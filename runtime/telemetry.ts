import type { Telemetry } from '../ota/messages/telemetry.ts';
import type { CertificateFacts } from './certificates.ts';
import { activeConditions } from './device-conditions.ts';
import type { DetailFacts } from './device-detail.ts';
import type { LatencySketch } from './latency-sketch.ts';

export interface TelemetryFacts extends DetailFacts {
  /** Results that wait for a destination. */
  undelivered: number;
  outcomes: Record<string, number>;
  latency: LatencySketch;
  /** The queue of messages itself. */
  messages: Telemetry['queue'];
}

export type TelemetryBody = Omit<Telemetry, 'schema' | 'stream' | 'seq' | 'at'>;

/**
 * How the device stands, for the fleet. Only what is on this list leaves: values of conditions and names of peers, which
 * may be AE titles, do not.
 */
export function describeTelemetry(facts: TelemetryFacts): TelemetryBody {
  const { inference, machine, space, queue, undelivered, outcomes, latency, messages } = facts;
  const { throttling } = machine.alerts;
  const { availableBytes, totalBytes } = machine.memory;
  return {
    uptimeSeconds: Math.floor(facts.uptimeMs / 1000),
    conditions: activeConditions(facts).map(({ id, priority }) => ({ id, priority })),
    heat: {
      ...(inference.hottest !== undefined && { hottest: inference.hottest }),
      zones: machine.zones.flatMap(({ name, celsius }) =>
        celsius === undefined ? [] : [{ name: plain(name), celsius }],
      ),
      ...(throttling !== undefined && { throttling }),
    },
    work: {
      engine: inference.state,
      level: inference.level,
      ...(inference.cause && { cause: inference.cause }),
      waiting: queue,
      undelivered,
    },
    outcomes,
    latency,
    disk: { freeBytes: space.free, totalBytes: space.total },
    memory: {
      ...(availableBytes !== undefined && { availableBytes }),
      ...(totalBytes !== undefined && { totalBytes }),
    },
    certificates: (facts.certificates ?? []).flatMap(describeCertificate),
    ...(facts.audit && { audit: describeAudit(facts.audit) }),
    queue: messages,
  };
}

function describeAudit({
  usedBytes,
  quotaBytes,
  forwarders = [],
}: NonNullable<TelemetryFacts['audit']>) {
  const backlog = Math.max(0, ...forwarders.map((each) => each.backlog));
  return { usedBytes, quotaBytes, backlog };
}

const uses = {
  receiver: 'receiver',
  'inference server': 'inference-server',
  broker: 'mqtt',
} as const;

function describeCertificate({ usedBy, notAfter }: CertificateFacts): Telemetry['certificates'] {
  if (notAfter === undefined) return [];
  return usedBy.map((use) => ({
    of: Object.hasOwn(uses, use) ? uses[use as keyof typeof uses] : 'peer',
    notAfter,
  }));
}

/** A name of the kernel's, in the characters that a message takes. */
function plain(name: string): string {
  return (
    name
      .replaceAll(/[^a-z0-9._-]/gi, '-')
      .replace(/^[^a-z0-9]+/i, '')
      .slice(0, 64) || 'zone'
  );
}
