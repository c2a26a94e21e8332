import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { Age, formatAge } from './age.ts';
import { ConditionBanner } from './condition.ts';
import { visible } from './identity.ts';
import { useLive } from './live.ts';
import { useSay } from './say.ts';
import type { PageData } from './state.ts';

/** What stands around every page: where one is, whether it is live, what is wrong with the device. */
export function Frame({
  page,
  children,
}: {
  page: PageData['name'];
  children?: ComponentChildren;
}): JSX.Element {
  const { link, shell } = useLive();
  if (!shell.user) return h('div', { class: 'frame' }, h(Door, {}), h('main', {}, children));
  return h(
    'div',
    { class: 'frame', 'data-link': link.value },
    h(Header, { page }),
    h(StaleBanner, {}),
    h(Notices, { page }),
    h('main', {}, children),
    h(DeviceLine, {}),
  );
}

/** Before somebody is signed in: which device this is, and nothing of how it stands. */
function Door(): JSX.Element {
  const { device } = useLive();
  return h('header', { class: 'header' }, h('h1', {}, visible(device.value.name)));
}

const places = [
  ['list', '/'],
  ['quality', '/quality'],
  ['device', '/device'],
  ['models', '/models'],
  ['about', '/about'],
] as const;

function Header({ page }: { page: PageData['name'] }): JSX.Element {
  const say = useSay();
  const { device } = useLive();
  const links = places.map(([name, href]) =>
    h(
      'a',
      { key: name, href, 'aria-current': name === page ? 'page' : undefined },
      say.code('frame.place', name),
    ),
  );
  return h(
    'header',
    { class: 'header' },
    h('h1', {}, visible(device.value.name)),
    h(LinkState, {}),
    h('nav', { class: 'places', 'aria-label': say('frame.places') }, links),
  );
}

/** Whether what is shown is what there is now: words and a shape. */
function LinkState(): JSX.Element {
  const say = useSay();
  const { link, now } = useLive();
  const live =
    link.value === 'live' &&
    h(
      'span',
      { class: 'when-live' },
      `${say('frame.live')} `,
      h('span', { class: 'clock' }, say.time(now.value)),
    );
  const words = { live, off: say('frame.off'), stale: say('frame.not-live') };
  return h(
    'p',
    { class: 'link', role: 'status' },
    words[link.value],
    h('noscript', {}, ` · ${say('frame.reloads')}`),
  );
}

function StaleBanner(): JSX.Element | null {
  const say = useSay();
  const { link, now, heardAt } = useLive();
  if (link.value !== 'stale') return null;
  const silence = formatAge(now.value - heardAt.value);
  return h(
    'p',
    { class: 'stale', role: 'alert' },
    say('frame.stale', { at: say.time(heardAt.value), silence }),
  );
}

/** The permanent banner of a demonstration model, that AI is paused, and the device's own conditions. */
function Notices({ page }: { page: PageData['name'] }): JSX.Element {
  const say = useSay();
  const { device } = useLive();
  const { demo, pause, conditions } = device.value;
  return h(
    'section',
    { class: 'notices', 'aria-label': say('frame.notices') },
    demo && h('p', { class: 'demo-banner' }, say('frame.demo')),
    pause.paused &&
      h(
        'p',
        { class: 'pause-banner' },
        say('frame.paused', { at: say.time(pause.since), user: visible(pause.user) }),
      ),
    // The device's page begins with all of them.
    page !== 'device' && h(ConditionBanner, { conditions }),
  );
}

/** One line on how the device stands. */
function DeviceLine(): JSX.Element {
  const say = useSay();
  const { device } = useLive();
  const { lastScannerMessageAt, queue, pacs, outboxWaiting, engine, hottest, model, serial } =
    device.value;
  const heard =
    lastScannerMessageAt === undefined
      ? say('frame.none-yet')
      : [h(Age, { at: lastScannerMessageAt }), ` ${say('list.ago')}`];
  const waits = outboxWaiting ? `, ${say.count('frame.waiting', outboxWaiting)}` : '';
  return h(
    'footer',
    { class: 'device-line' },
    h(Part, { label: say('frame.serial') }, visible(serial)),
    h(Part, { label: say('frame.scanner') }, heard),
    h(
      Part,
      { label: say('frame.queue') },
      queue ? say.count('frame.exams', queue) : say('frame.nothing'),
    ),
    h(Part, { label: 'PACS' }, say.code('frame.pacs', pacs) + waits),
    h(Part, { label: say('frame.ai') }, say.code('frame.engine', engine)),
    hottest !== undefined && h(Part, { label: say('frame.hottest') }, `${say.number(hottest)} °C`),
    h(Part, { label: say('frame.model') }, visible(model) || say('frame.nothing')),
  );
}

function Part({ label, children }: { label: string; children?: ComponentChildren }): JSX.Element {
  return h('span', {}, h('span', { class: 'label' }, `${label} `), h('b', {}, children));
}
