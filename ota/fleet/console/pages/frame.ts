import type { ComponentChildren, JSX } from 'preact';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { isoInstant } from '../../../../device/clock.ts';
import type { ConsoleSession } from '../../store/account-store.ts';
import { spanOf, whatNeedsAHuman } from '../attention.ts';
import type { FleetPicture } from '../picture.ts';

/** What stands around every page. */
export interface Shell {
  /** Whoever is signed in. */
  session: ConsoleSession | undefined;
  /** Path of the page. */
  path: string;
  /** Undefined on pages that are no view of the fleet. */
  picture: FleetPicture | undefined;
}

const places: readonly [path: string, name: string][] = [
  ['/', 'Overview'],
  ['/devices', 'Devices'],
  ['/rollouts', 'Rollouts'],
  ['/models', 'Models'],
  ['/drift', 'Drift'],
];

/** A page as HTML. It needs no script; with the one of ours a view of the fleet keeps itself up to date. */
export function pageHtml(shell: Shell, title: string, children: ComponentChildren): string {
  const { session, picture } = shell;
  const body = renderToString(
    h('div', { class: 'frame' }, [
      h('header', { key: 'header' }, [
        h(
          'p',
          { class: 'brand' },
          session ? h('a', { href: '/' }, 'Scanside fleet') : 'Scanside fleet',
        ),
        session && h(Places, shell),
        session && h(Person, { session }),
      ]),
      h(
        'p',
        { key: 'lost', class: 'lost', role: 'alert', hidden: true },
        'NOT LIVE: the fleet service does not answer.',
      ),
      h('main', { key: 'main' }, [
        h('div', { class: 'title' }, [
          h('h1', {}, title),
          picture && h('p', {}, ['as of ', h(Instant, { at: picture.now })]),
        ]),
        picture && h(Strip, { picture }),
        children,
      ]),
    ]),
  );
  return `<!doctype html><html lang="en">${headOf(title, picture !== undefined)}<body>${body}</body></html>`;
}

function headOf(title: string, isLive: boolean): string {
  return [
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="dark light">',
    `<title>${renderToString(h('span', {}, title)).replaceAll(/<\/?span>/g, '')} · Scanside fleet</title>`,
    '<link rel="stylesheet" href="/console.css">',
    isLive ? '<noscript><meta http-equiv="refresh" content="30"></noscript>' : '',
    isLive ? '<script src="/console.js" defer></script>' : '',
    '</head>',
  ].join('');
}

function Places({ path }: Shell): JSX.Element {
  const isAt = (place: string) => (place === '/' ? path === '/' : path.startsWith(place));
  return h(
    'nav',
    { 'aria-label': 'Pages' },
    places.map(([place, name]) =>
      h('a', { key: place, href: place, 'aria-current': isAt(place) ? 'page' : undefined }, name),
    ),
  );
}

function Person({ session: { user, role, csrf } }: { session: ConsoleSession }): JSX.Element {
  return h('form', { method: 'post', action: '/sign-out', class: 'person' }, [
    h('span', {}, `${user}, ${role}`),
    h(Csrf, { csrf }),
    h('button', { type: 'submit' }, 'Sign out'),
  ]);
}

/** What every form of ours bears, so that no other site can send it. */
export function Csrf({ csrf }: { csrf: string }): JSX.Element {
  return h('input', { type: 'hidden', name: 'csrf', value: csrf });
}

/** How the fleet stands, in five numbers. */
function Strip({ picture }: { picture: FleetPicture }): JSX.Element {
  const { devices, rollouts } = picture;
  const needs = whatNeedsAHuman(picture);
  const count = (is: (state: string) => boolean) =>
    rollouts.filter(({ state }) => is(state)).length;
  const expected = devices.filter(({ revoked }) => !revoked);
  const fields: [string, number, string, string][] = [
    ['need a human', needs.length, '/', needs.length > 0 ? 'urgent' : 'good'],
    ['devices', expected.length, '/devices', ''],
    ['connected', expected.filter(({ connected }) => connected).length, '/devices', ''],
    [
      'rollouts on their way',
      count((state) => ['planned', 'running', 'soaking', 'rolling-back'].includes(state)),
      '/rollouts',
      '',
    ],
    [
      'rollouts that stand',
      count((state) => ['stopped', 'paused'].includes(state)),
      '/rollouts',
      '',
    ],
  ];
  return h(
    'dl',
    { class: 'strip' },
    fields.map(([name, value, href, mood]) =>
      h('div', { key: name, class: mood }, [
        h('dt', {}, name),
        h('dd', {}, h('a', { href, 'aria-label': `${value} ${name}` }, value)),
      ]),
    ),
  );
}

/** An instant in UTC, to the minute. */
export function Instant({ at }: { at: number }): JSX.Element {
  const iso = isoInstant(at);
  return h('time', { dateTime: iso }, `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`);
}

/** How long ago something was. */
export function Ago({ at, now }: { at: number; now: number }): JSX.Element {
  if (!at) return h('span', { class: 'faint' }, 'never');
  const iso = isoInstant(at);
  return h('time', { dateTime: iso, title: iso }, `${spanOf(now - at)} ago`);
}

/** A table in a frame of its own, which may be wider than the page; whoever has but a keyboard gets into it. */
export function Table({
  caption,
  heads,
  rows,
}: {
  caption: string;
  heads: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}): JSX.Element {
  const cells = (row: readonly ComponentChildren[]) =>
    row.map((cell, at) =>
      at === 0 ? h('th', { key: at, scope: 'row' }, cell) : h('td', { key: at }, cell),
    );
  return h(
    'div',
    { class: 'table', tabIndex: 0, role: 'region', 'aria-label': caption },
    h('table', {}, [
      h('caption', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((head) => h('th', { key: head, scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row, at) => h('tr', { key: at }, cells(row))),
      ),
    ]),
  );
}
