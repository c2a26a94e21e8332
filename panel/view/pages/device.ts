import { h } from 'preact';
import type { JSX } from 'preact';
import type { DeviceDetail, DeviceFact, DeviceGroup } from '../../device-detail.ts';
import { ConditionList } from '../condition.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import type { Say } from '../say.ts';
import { useSay } from '../say.ts';
import { PostponeButton } from './postpone-button.ts';

export interface DevicePage {
  detail: DeviceDetail;
}

/** How the device stands: what is wrong and what to do, then every figure that is known of it. */
export function DevicePageView({ detail }: DevicePage): JSX.Element {
  const say = useSay();
  const { conditions } = useLive().device.value;
  return h(
    'section',
    { class: 'device-page' },
    h('h2', {}, say('device.title')),
    h(
      'section',
      { class: 'device-conditions' },
      h('h3', {}, say('device.conditions')),
      conditions.length > 0
        ? h(ConditionList, { conditions })
        : h('p', { class: 'none' }, say('device.no-conditions')),
    ),
    h(
      'div',
      { class: 'device-groups' },
      detail.groups.map((group) => h(Group, { key: group.id, group })),
    ),
  );
}

function Group({ group }: { group: DeviceGroup }): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: group.rows.length > 0 ? 'fact-group wide' : 'fact-group' },
    h('h3', {}, say(`device.group.${group.id}`)),
    group.facts.length > 0 &&
      h(
        'dl',
        { class: 'facts' },
        group.facts.map((fact) =>
          h(
            'div',
            { key: fact.id },
            h('dt', {}, say.code('device.fact', fact.id)),
            h('dd', {}, h(Figure, { fact })),
          ),
        ),
      ),
    group.rows.length > 0 && h(Rows, { group }),
    group.id === 'updates' && h(PostponeButton, { group }),
  );
}

function Rows({ group: { id, rows } }: { group: DeviceGroup }): JSX.Element {
  const say = useSay();
  const columns = rows[0]?.facts ?? [];
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, say.code('device.of', id)),
    columns.map((fact) =>
      h('th', { key: fact.id, scope: 'col' }, say.code('device.fact', fact.id)),
    ),
  );
  const body = rows.map(({ of, facts }, at) =>
    h(
      'tr',
      { key: at },
      h('th', { scope: 'row' }, visible(of)),
      facts.map((fact) => h('td', { key: fact.id, class: `as-${fact.unit}` }, h(Figure, { fact }))),
    ),
  );
  return h(
    'div',
    {
      class: 'table-frame',
      tabIndex: 0,
      role: 'group',
      'aria-label': say.code('device.group', id),
    },
    h('table', {}, h('thead', {}, head), h('tbody', {}, body)),
  );
}

/** A figure; what wants attention has a shape and a word, what is not known says so. */
function Figure({ fact }: { fact: DeviceFact }): JSX.Element {
  const say = useSay();
  if (fact.standing === 'unknown' || fact.value === undefined)
    return h('span', { class: 'unknown' }, say('device.unknown'));
  const text = formatFact(fact.value, fact.unit, say);
  if (fact.standing === 'plain') return h('span', {}, text);
  return h(
    'strong',
    { class: 'attention' },
    h('span', { class: 'attention-sign', 'aria-hidden': 'true' }, '!'),
    h('span', { class: 'unseen-text' }, `${say('device.attention')}: `),
    text,
  );
}

/** A value of a fact as people write it. */
export function formatFact(value: string | number, unit: DeviceFact['unit'], say: Say): string {
  if (unit === 'word') return say.code('device.word', String(value));
  if (typeof value === 'string') return visible(value);
  const formats: Record<Exclude<DeviceFact['unit'], 'word' | 'text'>, () => string> = {
    celsius: () => `${say.number(value, 1)} °C`,
    percent: () => `${say.number(value)} %`,
    bytes: () => formatBytes(value, say),
    count: () => say.number(value),
    days: () => say.count('device.days', value),
    instant: () => say.day(value),
    milliseconds: () => formatDuration(value, say),
    'minutes-of-zone': () => formatZone(value),
  };
  return unit === 'text' ? say.number(value) : formats[unit]();
}

function formatBytes(bytes: number, say: Say): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${say.number(bytes / 1000 ** power, power > 2 ? 1 : 0)} ${units[power]}`;
}

const minute = 60_000;
const spans = [
  ['d', 24 * 60 * minute],
  ['h', 60 * minute],
  ['min', minute],
  ['s', 1000],
] as const;

/** The two largest units that it has. */
function formatDuration(ms: number, say: Say): string {
  const size = Math.abs(ms);
  const from = spans.findIndex(([, span]) => size >= span);
  const [large, small] = spans.slice(from === -1 ? spans.length - 1 : from);
  if (!large) return `${say.number(ms)} ms`;
  const rest = small && Math.floor((size % large[1]) / small[1]);
  const tail = small && rest ? ` ${rest} ${small[0]}` : '';
  return `${ms < 0 ? '−' : ''}${Math.floor(size / large[1])} ${large[0]}${tail}`;
}

function formatZone(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
