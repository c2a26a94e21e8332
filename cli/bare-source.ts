import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { ServiceDesk } from '../panel/service-view.ts';
import type { DeviceView, PanelSource } from '../panel/source.ts';

/** What the panel shows of a device that is not in service yet: no exam, no model, and its service page. */
export function bareSource(
  { name, serial }: { name: string; serial: string },
  clock: Clock,
  service: ServiceDesk,
): PanelSource {
  const nothing = () => Promise.resolve(undefined);
  return {
    exams: () => [],
    device: () => bareDevice(name, serial, clock.now()),
    detail: () => undefined,
    deviceDetail: () => ({ groups: [] }),
    models: () => [],
    quality: () => ({ models: undefined, disagreements: 0, audits: { waiting: 0, listed: [] } }),
    readings: () => [],
    thumbnail: nothing,
    preview: nothing,
    heatmap: nothing,
    seen: () => new Map(),
    act: (_actor, { kind }) =>
      Promise.reject(new ScansideError('ACT_REFUSED', `${kind}: the device is not in service`)),
    record: () => Promise.resolve(),
    service,
    subscribe: () => () => undefined,
  };
}

function bareDevice(name: string, serial: string, now: number): DeviceView {
  return {
    name,
    serial,
    now,
    lastScannerMessageAt: undefined,
    queue: 0,
    pacs: 'none',
    outboxWaiting: 0,
    model: '',
    demo: false,
    engine: 'starting',
    accelerator: '',
    hottest: undefined,
    diskFreePercent: 0,
    conditions: [],
    pause: { paused: false },
  };
}
