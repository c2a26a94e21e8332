import type { DeviceView } from './source.ts';

/** A device of which nothing is known yet, or nothing may be told. */
export const unknownDevice: DeviceView = {
  name: '',
  serial: '',
  now: 0,
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
