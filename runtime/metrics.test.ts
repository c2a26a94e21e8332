import { expect, it } from 'vitest';
import { addLatency, emptySketch } from './latency-sketch.ts';
import { renderMetrics } from './metrics.ts';
import type { TelemetryBody } from './telemetry.ts';

const telemetry: TelemetryBody = {
  uptimeSeconds: 90,
  conditions: [{ id: 'disk-low', priority: 'medium' }],
  heat: { zones: [{ name: 'gpu-thermal', celsius: 51.5 }] },
  work: { engine: 'ready', level: 'trimmed', waiting: 3, undelivered: 2 },
  outcomes: { flagged: 4, 'no-flag': 9 },
  latency: addLatency(emptySketch, 8),
  disk: { freeBytes: 25, totalBytes: 100 },
  memory: {},
  certificates: [
    { of: 'mqtt', notAfter: 3000 },
    { of: 'mqtt', notAfter: 2000 },
  ],
  queue: { waiting: 7, dropped: { telemetry: 5 } },
};

it('says what telemetry says, and nothing of what is not known', async () => {
  const [type, text] = await renderMetrics(telemetry);
  expect(type).toMatch(/^text\/plain/);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const latency = samples.filter((line) => line.startsWith('dicom_exam_latency'));
  expect(latency.map((line) => Math.round(Number(line.split(' ')[1])))).toEqual([8, 8, 8]);
  expect(samples.filter((line) => !latency.includes(line))).toEqual([
    'process_uptime_seconds 90',
    'hw_temperature_celsius{hw_id="gpu-thermal"} 51.5',
    'system_filesystem_usage_bytes{system_filesystem_state="free"} 25',
    'system_filesystem_usage_bytes{system_filesystem_state="used"} 75',
    'dicom_exams_waiting 3',
    'dicom_results_undelivered 2',
    'dicom_exams_total{outcome="flagged"} 4',
    'dicom_exams_total{outcome="no-flag"} 9',
    'scanside_condition{condition="disk-low",priority="medium"} 1',
    'scanside_ai_level{level="trimmed"} 1',
    'scanside_certificate_end_seconds{of="mqtt"} 2',
    'scanside_messages_waiting 7',
    'scanside_messages_dropped_total{message="telemetry"} 5',
  ]);
});
