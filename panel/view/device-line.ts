import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { Age } from './age.ts';
import { visible } from './identity.ts';
import { useLive } from './live.ts';
import { useSay } from './say.ts';

/** One line on how the device stands. */
export function DeviceLine(): JSX.Element {
  const say = useSay();
  const { lastScannerMessageAt, outboxWaiting, engine, hottest, diskFreePercent, serial } =
    useLive().device.value;
  const heard =
    lastScannerMessageAt === undefined
      ? say('frame.none-yet')
      : say.parts('list.ago', { age: h(Age, { at: lastScannerMessageAt }) });
  return h(
    'footer',
    { class: 'device-line' },
    h(Part, { label: say('frame.ai') }, say.code('frame.engine', engine)),
    h(Part, { label: say('frame.scanner') }, heard),
    outboxWaiting > 0 &&
      h(Part, { label: say('frame.to-send') }, say.count('frame.waiting', outboxWaiting)),
    hottest !== undefined && h(Part, { label: say('frame.hottest') }, `${say.number(hottest)} °C`),
    h(Part, { label: say('frame.disk-free') }, say.percent(diskFreePercent / 100)),
    h(Part, { label: say('frame.serial') }, visible(serial)),
  );
}

function Part({ label, children }: { label: string; children?: ComponentChildren }): JSX.Element {
  return h('span', {}, h('span', { class: 'label' }, `${label} `), h('b', {}, children));
}
