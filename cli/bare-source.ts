import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { ServiceDesk } from '../panel/service-view.ts';
import type { PanelSource } from '../panel/source.ts';
import { unknownDevice } from '../panel/unknown-device.ts';

/** What the panel shows of a device that is not in service yet: no exam, no model, and its service page. */
export function bareSource(
  { name, serial }: { name: string; serial: string },
  clock: Clock,
  service: ServiceDesk,
): PanelSource {
  const nothing = () => Promise.resolve(undefined);
  return {
    exams: () => [],
    device: () => ({ ...unknownDevice, name, serial, now: clock.now() }),
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
