import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { SheetButton } from './acts/exam-acts.ts';
import { visible } from './identity.ts';
import { useLive } from './live.ts';
import { useSay } from './say.ts';
import type { PageData } from './state.ts';
import { current } from './tabs.ts';

/** Which device this is, whether what it shows is what there is now, how it stands, and what can be set. */
export function Header({ page }: { page: PageData }): JSX.Element {
  const { device, shell } = useLive();
  return h(
    'header',
    { class: 'header' },
    h('h1', {}, h('bdi', {}, visible(device.value.name))),
    shell.user && [h(LinkState, { key: 'link' }), h(Stand, { key: 'stand' })],
    h(
      'div',
      { class: 'controls' },
      h(LanguageMenu, { page }),
      h(MainMenu, { page }),
      h(PauseButton, {}),
    ),
  );
}

/** Whether what is shown is what there is now: a word, a shape, and a clock that runs only then. */
function LinkState(): JSX.Element {
  const say = useSay();
  const { link, now } = useLive();
  const words = { live: say('frame.live'), off: say('frame.off'), stale: say('frame.not-live') };
  return h(
    'p',
    { class: 'link' },
    h('span', { class: 'link-word', role: 'status' }, words[link.value]),
    link.value === 'live' && [' ', h('span', { class: 'clock' }, say.time(now.value))],
    h('noscript', {}, ` · ${say('frame.reloads')}`),
  );
}

function Stand(): JSX.Element {
  const say = useSay();
  const { queue, pacs, model } = useLive().device.value;
  const waits = queue ? say.count('frame.exams', queue) : say('frame.nothing');
  return h(
    'dl',
    { class: 'stand' },
    h(Fact, { label: say('frame.queue') }, waits),
    h(Fact, { label: 'PACS' }, say.code('frame.pacs', pacs)),
    h(Fact, { label: say('frame.model') }, visible(model) || say('frame.nothing')),
  );
}

function Fact({ label, children }: { label: string; children?: ComponentChildren }): JSX.Element {
  return h('div', {}, h('dt', {}, label), h('dd', {}, h('bdi', {}, children)));
}

/** Names of the languages in themselves. */
const languageNames = { en: 'English', de: 'Deutsch', es: 'Español', ja: '日本語' } as const;

function LanguageMenu({ page }: { page: PageData }): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  const { language } = shell;
  return h(
    Menu,
    { label: say('frame.language'), face: language.toUpperCase() },
    Object.entries(languageNames).map(([code, name]) =>
      h(
        'a',
        {
          key: code,
          class: 'button',
          lang: code,
          href: addressWith(page, 'language', code),
          'aria-current': code === language ? 'true' : undefined,
        },
        name,
      ),
    ),
  );
}

function MainMenu({ page }: { page: PageData }): JSX.Element {
  const say = useSay();
  const { theme, user } = useLive().shell;
  const other = theme === 'dark' ? 'light' : 'dark';
  return h(
    Menu,
    { label: say('frame.menu'), face: [h(MenuIcon, {}), user && h('bdi', {}, visible(user.name))] },
    user && h(Pages, { page }),
    h(
      'a',
      { class: 'button', href: addressWith(page, 'theme', other) },
      say(`frame.theme.${other}`),
    ),
    user && h(Leave, {}),
  );
}

function Pages({ page }: { page: PageData }): JSX.Element[] {
  const say = useSay();
  const permissions = useLive().shell.user?.permissions ?? [];
  const pages = [
    ['models', 'see-models'],
    ['service', 'service-device'],
    ['about', ''],
    ['account', 'own-account'],
    ['users', 'manage-users'],
  ] as const;
  return pages
    .filter(([, needs]) => needs === '' || permissions.includes(needs))
    .map(([name]) =>
      h(
        'a',
        {
          key: name,
          class: 'button',
          href: `/${name}`,
          'aria-current': current(name === page.name),
        },
        say(`frame.place.${name}`),
      ),
    );
}

function Leave(): JSX.Element {
  const say = useSay();
  const { csrf } = useLive().shell;
  return h(
    'form',
    { method: 'post', action: '/sign-out' },
    h('input', { type: 'hidden', name: 'csrf', value: csrf }),
    h('button', { type: 'submit' }, say('frame.sign-out')),
  );
}

/** Opens without scripts too; the browser closes it when something else is touched. */
function Menu({
  label,
  face,
  children,
}: {
  label: string;
  face: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  return h(
    'details',
    { class: 'menu', name: 'menu' },
    h('summary', {}, h('span', { class: 'unseen-text' }, label), face),
    h('div', { class: 'menu-items' }, children),
  );
}

function MenuIcon(): JSX.Element {
  const d = 'M3 6h20M3 13h20M3 20h20';
  const stroke = { stroke: 'currentColor', 'stroke-width': 3, 'stroke-linecap': 'round' } as const;
  return h(
    'svg',
    { class: 'icon', viewBox: '0 0 26 26', 'aria-hidden': 'true' },
    h('path', { d, fill: 'none', ...stroke }),
  );
}

/** The same page with a choice; the tab stays. */
function addressWith(page: PageData, name: string, value: string): string {
  const show = page.name === 'list' ? `show=${page.show}&` : '';
  return `?${show}${name}=${value}`;
}

/** One tap opens the reasons, the next one pauses. Where AI is paused already, the banner has what there is to do. */
function PauseButton(): JSX.Element | null {
  const say = useSay();
  const { shell, device } = useLive();
  const mayPause = shell.user?.permissions.includes('pause-ai') ?? false;
  if (!mayPause || device.value.pause.paused) return null;
  return h(SheetButton, { sheet: { kind: 'pause' }, label: say('acts.pause-button') });
}
