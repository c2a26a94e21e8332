import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { ActsLayer } from './acts/acts-layer.ts';
import { DeviceLine } from './device-line.ts';
import { Header } from './header.ts';
import { useLive } from './live.ts';
import { Notices, StaleBanner } from './notices.ts';
import type { PageData } from './state.ts';
import { Tabs } from './tabs.ts';

/** What stands around every page: where one is, whether it is live, what is wrong with the device. */
export function Frame({
  page,
  children,
}: {
  page: PageData;
  children?: ComponentChildren;
}): JSX.Element {
  const { link, shell } = useLive();
  return h(
    'div',
    { class: 'frame', 'data-link': link.value },
    h(Header, { page }),
    h(StaleBanner, {}),
    h(Notices, { page: page.name }),
    shell.user && h(Tabs, { page }),
    // It scrolls by itself on a large screen: whoever has but a keyboard must get into it.
    h('main', { tabIndex: 0 }, children),
    shell.user && h(DeviceLine, {}),
    shell.user && h(ActsLayer, {}),
  );
}
