import type { ComponentChildren, JSX } from 'preact';
import { h } from 'preact';
import type { FleetDevice } from '../../fleet-device.ts';
import { type Attention, sortByNeed } from '../attention.ts';
import type { FleetPicture } from '../picture.ts';
import { Find } from './find.ts';
import { Ago, Instant, Table } from './frame.ts';
import { isUrgent, wordsOf } from './overview.ts';

const ofOnePage = 100;

const heads = [
  'Device',
  'Site',
  'Needs a human',
  'Heard',
  'Software',
  'Models',
  'Update',
  'Certificate ends',
  'Disk free',
  'Hottest',
];

/** The devices, those first that need a human. `find`: what name, site, software or a model must hold. */
export function Devices({
  picture,
  find,
  page,
}: {
  picture: FleetPicture;
  find: string;
  page: number;
}): JSX.Element {
  const { devices, now } = picture;
  const sorted = sortByNeed(
    devices.filter((device) => holds(device, find.toLowerCase())),
    now,
  );
  const pages = Math.max(1, Math.ceil(sorted.length / ofOnePage));
  const at = Math.min(pages, Math.max(1, page));
  const shown = sorted.slice((at - 1) * ofOnePage, at * ofOnePage);
  const link = (to: number, name: string) =>
    h(
      'a',
      { key: name, href: `?${new URLSearchParams({ find, page: String(to) }).toString()}` },
      name,
    );
  return h('div', { class: 'sections' }, [
    h(Find, { find, label: 'Device, site, software or model' }),
    h(Table, {
      caption: `Devices, those first that need a human: ${sorted.length}`,
      heads,
      rows: shown.map(({ device, needs }) => cellsOf(device, needs, now)),
    }),
    pages > 1 &&
      h('p', { class: 'pages' }, [
        at > 1 && link(at - 1, 'Back'),
        h('span', {}, `Page ${at} of ${pages}`),
        at < pages && link(at + 1, 'On'),
      ]),
  ]);
}

function holds({ id, site, software, models }: FleetDevice, find: string): boolean {
  const words = [id, site, software, ...models.map(({ name, version }) => `${name} ${version}`)];
  return words.some((word) => word.toLowerCase().includes(find));
}

function cellsOf(
  device: FleetDevice,
  needs: readonly Attention[],
  now: number,
): ComponentChildren[] {
  const {
    id,
    site,
    seen,
    connected,
    software,
    models,
    update,
    certificateEnds,
    diskFree,
    hottest,
  } = device;
  return [
    id,
    site || faint('not said'),
    h(Needs, { device, needs }),
    [
      h(Ago, { key: 'ago', at: seen, now }),
      !connected && seen > 0 && h('div', { key: 'away', class: 'faint' }, 'away'),
    ],
    software || faint('not said'),
    models.length > 0
      ? models.map(({ name, version }) => h('div', { key: name }, `${name} ${version}`))
      : faint('none'),
    update
      ? [
          h(
            'a',
            { key: 'a', href: `/rollouts/${encodeURIComponent(update.rollout)}` },
            update.rollout,
          ),
          ` ${update.state}`,
        ]
      : faint('none'),
    certificateEnds === undefined ? faint('not said') : h(Instant, { at: certificateEnds }),
    diskFree === undefined ? faint('not said') : `${diskFree} %`,
    hottest === undefined ? faint('not said') : `${Math.round(hottest)} °C`,
  ];
}

function Needs({
  device: { revoked, pin },
  needs,
}: {
  device: FleetDevice;
  needs: readonly Attention[];
}): JSX.Element {
  return h('div', {}, [
    revoked && h('div', { class: 'faint' }, 'revoked'),
    pin !== undefined && h('div', { class: 'faint' }, `pinned: ${pin}`),
    needs.map((need) =>
      h('div', { key: need.reason, class: isUrgent(need) ? 'need-line urgent' : 'need-line' }, [
        h('strong', {}, wordsOf(need.reason)),
        ` ${need.text}`,
      ]),
    ),
    !revoked && pin === undefined && needs.length === 0 && faint('nothing'),
  ]);
}

function faint(text: string): JSX.Element {
  return h('span', { class: 'faint' }, text);
}
