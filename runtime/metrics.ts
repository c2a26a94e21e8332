import fastify from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';
import { ScansideError } from '../device/errors.ts';
import { latencyQuantile } from './latency-sketch.ts';
import type { TelemetryBody } from './telemetry.ts';

type Sample = [labels: Record<string, string>, value: number];

interface Metric {
  kind: 'gauge' | 'counter';
  help: string;
  labels?: readonly string[];
  of(telemetry: TelemetryBody): Sample[];
}

const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [[{}, value]]);

/** Names are OpenTelemetry's where it has them, as its exporter to Prometheus writes them. What is not known is left out. */
const metrics: Record<string, Metric> = {
  process_uptime_seconds: {
    kind: 'gauge',
    help: 'Seconds since the program has started.',
    of: ({ uptimeSeconds }) => one(uptimeSeconds),
  },
  hw_temperature_celsius: {
    kind: 'gauge',
    help: 'Temperature of a part of the machine.',
    labels: ['hw_id'],
    of: ({ heat }) => heat.zones.map(({ name, celsius }) => [{ hw_id: name }, celsius]),
  },
  hw_throttled: {
    kind: 'gauge',
    help: 'The machine slows itself down for heat: 1, else 0.',
    of: ({ heat: { throttling } }) =>
      one(throttling === undefined ? undefined : Number(throttling)),
  },
  system_filesystem_usage_bytes: {
    kind: 'gauge',
    help: 'The disk with the data folder.',
    labels: ['system_filesystem_state'],
    of: ({ disk: { freeBytes, totalBytes } }) => [
      [{ system_filesystem_state: 'free' }, freeBytes],
      [{ system_filesystem_state: 'used' }, totalBytes - freeBytes],
    ],
  },
  system_memory_available_bytes: {
    kind: 'gauge',
    help: 'Memory that can be had.',
    of: ({ memory }) => one(memory.availableBytes),
  },
  dicom_exams_waiting: {
    kind: 'gauge',
    help: 'Exams on their way.',
    of: ({ work }) => one(work.waiting),
  },
  dicom_results_undelivered: {
    kind: 'gauge',
    help: 'Results that wait for a destination.',
    of: ({ work }) => one(work.undelivered),
  },
  dicom_exams_total: {
    kind: 'counter',
    help: 'Exams by outcome since the program has started.',
    labels: ['outcome'],
    of: ({ outcomes }) => Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count]),
  },
  dicom_exam_latency_seconds: {
    kind: 'gauge',
    help: 'Quantiles of the time from the complete exam to its result, since the program has started.',
    labels: ['quantile'],
    of: ({ latency }) =>
      [0.5, 0.95, 0.99].flatMap((share): Sample[] => {
        const seconds = latencyQuantile(latency, share);
        return seconds === undefined ? [] : [[{ quantile: String(share) }, seconds]];
      }),
  },
  scanside_condition: {
    kind: 'gauge',
    help: 'Conditions of docs/conditions.md that hold: 1 each.',
    labels: ['condition', 'priority'],
    of: ({ conditions }) => conditions.map(({ id, priority }) => [{ condition: id, priority }, 1]),
  },
  scanside_ai_level: {
    kind: 'gauge',
    help: 'What heat, power and memory allow AI to do: 1 for the level that holds.',
    labels: ['level'],
    of: ({ work: { level } }) => [[{ level }, 1]],
  },
  scanside_certificate_end_seconds: {
    kind: 'gauge',
    help: 'End of the certificate that ends first, by what it is used for; seconds since 1970 UTC.',
    labels: ['of'],
    of: ({ certificates }) =>
      [...new Set(certificates.map((each) => each.of))].map((use) => {
        const ends = certificates.filter((each) => each.of === use);
        return [{ of: use }, Math.min(...ends.map(({ notAfter }) => notAfter)) / 1000];
      }),
  },
  scanside_audit_used_bytes: {
    kind: 'gauge',
    help: 'Bytes of the audit log.',
    of: ({ audit }) => one(audit?.usedBytes),
  },
  scanside_audit_quota_bytes: {
    kind: 'gauge',
    help: 'Bytes that are kept for the audit log.',
    of: ({ audit }) => one(audit?.quotaBytes),
  },
  scanside_audit_backlog: {
    kind: 'gauge',
    help: 'Audit records that some repository has not got yet.',
    of: ({ audit }) => one(audit?.backlog),
  },
  scanside_messages_waiting: {
    kind: 'gauge',
    help: 'Messages that wait for the broker.',
    of: ({ queue }) => one(queue.waiting),
  },
  scanside_messages_dropped_total: {
    kind: 'counter',
    help: 'Messages for the broker that were ever dropped, by kind.',
    labels: ['message'],
    of: ({ queue }) =>
      Object.entries(queue.dropped).map(([message, count]) => [{ message }, count]),
  },
};

/** Names of all metrics. */
export const metricNames = Object.keys(metrics);

/** The text that Prometheus reads, and its media type. */
export async function renderMetrics(
  telemetry: TelemetryBody,
): Promise<[type: string, text: string]> {
  const registry = new Registry();
  for (const [name, { kind, help, labels = [], of }] of Object.entries(metrics)) {
    const options = { name, help, labelNames: labels, registers: [registry] };
    const samples = of(telemetry);
    // A metric without a label would else be 0.
    if (samples.length === 0) continue;
    if (kind === 'gauge') {
      const gauge = new Gauge(options);
      for (const [values, value] of samples) gauge.set(values, value);
    } else {
      const counter = new Counter(options);
      for (const [values, value] of samples) counter.inc(values, value);
    }
  }
  return [registry.contentType, await registry.metrics()];
}

/** Serves `/metrics` on this machine alone; returns how to end that. Throws PORT_IN_USE. */
export async function serveMetrics(
  port: number,
  read: () => TelemetryBody,
): Promise<() => Promise<void>> {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => {
    const [type, text] = await renderMetrics(read());
    return reply.type(type).header('cache-control', 'no-store').send(text);
  });
  try {
    await server.listen({ host: '127.0.0.1', port });
  } catch (cause) {
    throw new ScansideError('PORT_IN_USE', `metrics.port ${port}`, { cause });
  }
  return () => server.close();
}
