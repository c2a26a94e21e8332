import { deviceLine, notices } from './device-line.ts';
import { visible } from './identity.ts';
import { toHtml } from './markup.ts';
import type { Markup } from './markup.ts';
import { examRow } from './row.ts';
import type { DeviceView, ExamView } from './source.ts';
import { tabCounts, tabs, tabsOf } from './words.ts';
import type { TabId } from './words.ts';

/** What a page is made of. `lastEventId`: the newest event that it already shows; `timeZone`: IANA name. */
export interface PageContent {
  exams: ExamView[];
  device: DeviceView;
  show: TabId;
  lastEventId: string;
  timeZone: string;
}

/** The whole page as HTML. Complete without scripts; with them the browser keeps it up to date. */
export function pageHtml(content: PageContent): string {
  const { device, show, lastEventId, timeZone } = content;
  const state = { 'data-link': 'off', 'data-show': show, 'data-event': lastEventId };
  const body: Markup = [
    'body',
    { ...state, 'data-now': String(device.now), 'data-zone': timeZone },
    header(device),
    staleBanner,
    notices(device),
    navigation(content),
    list(content),
    deviceLine(device),
  ];
  return `<!doctype html>${toHtml(['html', { lang: 'en' }, head(device), body])}`;
}

/** A small page for an address that leads nowhere. */
export function notFoundHtml(): string {
  const title: Markup = ['title', {}, 'Not found'];
  const link: Markup = ['a', { href: '/' }, 'Go to the list of exams'];
  const body: Markup = ['body', {}, ['main', {}, ['h1', {}, 'Not found'], link]];
  const style: Markup = ['link', { rel: 'stylesheet', href: '/panel.css' }];
  return `<!doctype html>${toHtml(['html', { lang: 'en' }, ['head', {}, title, style], body])}`;
}

function head(device: DeviceView): Markup {
  return [
    'head',
    {},
    ['meta', { charset: 'utf-8' }],
    ['meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }],
    ['meta', { name: 'color-scheme', content: 'dark' }],
    ['title', {}, `${visible(device.name)} · Scanside`],
    ['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }],
    ['link', { rel: 'stylesheet', href: '/panel.css' }],
    ['noscript', {}, ['meta', { 'http-equiv': 'refresh', content: '10' }]],
    ['script', { src: '/panel.js', defer: '' }],
  ];
}

/** The connection's state is words and a shape; which of them shows depends on `data-link` alone. */
function header(device: DeviceView): Markup {
  const live: Markup = ['span', { class: 'when-live' }, 'LIVE ', ['span', { id: 'clock' }]];
  const off: Markup = ['span', { class: 'when-off' }, 'Live updates off'];
  const stale: Markup = ['span', { class: 'when-stale' }, 'NOT LIVE'];
  const reload: Markup = ['noscript', {}, ' · this page reloads every 10 seconds'];
  const link: Markup = ['p', { id: 'link', role: 'status' }, live, off, stale, reload];
  return ['header', {}, ['h1', {}, visible(device.name)], link];
}

const staleBanner: Markup = [
  'p',
  { id: 'stale', role: 'alert' },
  'NOT LIVE: last contact ',
  ['span', { id: 'contact' }],
  ' (',
  ['span', { id: 'silence' }],
  ' ago). This list may be incomplete. Trying again by itself.',
];

function navigation({ exams, show }: PageContent): Markup {
  const counts = tabCounts(exams);
  const links = tabs.map(({ id, title }): Markup => {
    const current: Record<string, string> = id === show ? { 'aria-current': 'page' } : {};
    const count: Markup = ['span', { class: 'count', 'data-count': id }, counts[id]];
    return ['a', { href: `/?show=${id}`, ...current }, title, count];
  });
  return ['nav', { 'aria-label': 'Exams to show' }, ...links];
}

function list({ exams, device, show }: PageContent): Markup {
  const rows = exams
    .filter((exam) => tabsOf(exam).includes(show))
    .map((exam) => examRow(exam, device.now));
  const empty = tabs.find(({ id }) => id === show)?.empty ?? '';
  return ['main', {}, ['ol', { id: 'exams' }, ...rows], ['p', { id: 'empty' }, empty]];
}
