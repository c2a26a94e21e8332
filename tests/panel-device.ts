import type {
  DeviceDetail,
  DeviceFact,
  DeviceGroup,
  DeviceUnit,
  Standing,
} from '../panel/device-detail.ts';

const hour = 3_600_000;
const day = 24 * hour;

function fact(
  id: string,
  unit: DeviceUnit,
  value: DeviceFact['value'],
  standing: Standing = value === undefined ? 'unknown' : 'plain',
): DeviceFact {
  return { id, value, unit, standing };
}

const facts = (id: DeviceGroup['id'], ...all: DeviceFact[]): DeviceGroup => ({
  id,
  facts: all,
  rows: [],
});

const zone = (of: string, now: number | undefined, throttlesAt: number | undefined) => ({
  of,
  facts: [
    fact('now', 'celsius', now),
    fact('throttles-at', 'celsius', throttlesAt),
    fact('shuts-down-at', 'celsius', throttlesAt && throttlesAt + 5.5),
  ],
});

/** Every group of the device page, of a device on which one destination does not answer. */
export function sampleDetail(now: number): DeviceDetail {
  const destinations: DeviceGroup = {
    id: 'destinations',
    facts: [],
    rows: [
      {
        of: 'MAIN PACS',
        facts: [
          fact('protocol', 'word', 'dicom'),
          fact('circuit', 'word', 'open', 'attention'),
          fact('waiting', 'count', 3, 'attention'),
          fact('answered', 'instant', now - 1.1 * hour),
          fact('failing-since', 'instant', now - hour, 'attention'),
        ],
      },
      {
        of: 'Archive of the neighbouring hospital with a long name',
        facts: [
          fact('protocol', 'word', 'stow'),
          fact('circuit', 'word', 'closed'),
          fact('waiting', 'count', 0),
          fact('answered', 'word', 'not-since-start'),
          fact('failing-since', 'word', 'not-failing'),
        ],
      },
    ],
  };
  const certificates: DeviceGroup = {
    id: 'certificates',
    facts: [],
    rows: [
      {
        of: 'CN=SC-0001, O=Example Hospital',
        facts: [
          fact('used-by', 'text', 'panel, receiver'),
          fact('not-after', 'instant', now + 20 * day, 'attention'),
          fact('days-left', 'days', 20, 'attention'),
        ],
      },
    ],
  };
  const models: DeviceGroup = {
    id: 'models',
    facts: [],
    rows: [
      {
        of: 'chest-demo 0.1.0',
        facts: [
          fact('runs-on', 'word', 'tensorrt'),
          fact('because', 'text', undefined),
          fact('hash', 'text', '9f3a'.repeat(16)),
        ],
      },
    ],
  };
  return {
    groups: [
      facts(
        'work',
        fact('exams-waiting', 'count', 2),
        fact('engine', 'word', 'ok'),
        fact('level', 'word', 'full'),
        fact('receiver-process', 'word', 'runs'),
        fact('engine-process', 'word', 'runs'),
        fact('uptime', 'milliseconds', 9 * day + 3 * hour),
      ),
      facts(
        'storage',
        fact('disk-free', 'bytes', 344e9),
        fact('disk-free-share', 'percent', 69),
        fact('images-held', 'count', 8412),
        fact('images-bytes', 'bytes', 71.3e9),
        fact('memory-available', 'bytes', 3.1e9),
        fact('memory-total', 'bytes', 7.6e9),
        fact('audit-used', 'bytes', 41e6),
        fact('audit-quota', 'bytes', 2e9),
      ),
      facts(
        'clock',
        fact('wall-time', 'instant', now),
        fact('time-zone', 'minutes-of-zone', 60),
        fact('synchronisation', 'word', 'synchronised'),
      ),
      facts(
        'updates',
        fact('signed-updates', 'word', 'under-way'),
        fact('update-of', 'text', 'models/chest-adult/1.1.0/manifest.json'),
        fact('postponements-left', 'count', 2),
      ),
      destinations,
      models,
      certificates,
      {
        id: 'heat',
        facts: [
          fact('hottest', 'celsius', 51.5),
          fact('throttling', 'word', 'no'),
          fact('hot-surface', 'word', 'no'),
          fact('power-mode', 'text', '25W'),
        ],
        rows: [
          zone('cpu-thermal', 49.2, 99),
          zone('gpu-thermal', 51.5, 99),
          zone('board', undefined, undefined),
        ],
      },
      facts(
        'software',
        fact('version', 'text', '0.1.0'),
        fact('node', 'text', '24.21.0'),
        fact('machine', 'text', 'Jetson Orin Nano'),
        fact('l4t', 'text', 'R36.4.4'),
        fact('machine-uptime', 'milliseconds', 31 * day),
        fact('serial', 'text', 'SC-0001'),
      ),
    ],
  };
}
