import { h } from 'preact';
import type { JSX } from 'preact';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

/** A package of another maker that runs on the device. */
export interface ShippedPackage {
  name: string;
  version: string;
  /** SPDX expression. */
  licence: string;
}

/** What the product consists of; made when the panel is built. */
export interface Shipment {
  version: string;
  licence: string;
  packages: ShippedPackage[];
}

/** What this device is, what it is for, and whose work is in it. */
export function AboutView({ version, licence, packages }: Shipment): JSX.Element {
  const say = useSay();
  const { name, serial } = useLive().device.value;
  const facts = [
    [say('about.product'), `Scanside ${version}`],
    [say('about.device'), visible(name)],
    [say('about.serial'), visible(serial)],
    [say('about.licence'), licence],
  ];
  return h(
    'section',
    { class: 'about-page' },
    h('h2', {}, say('about.title')),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([term = '', text]) =>
        h('div', { key: term }, h('dt', {}, term), h('dd', {}, text)),
      ),
    ),
    h('h3', {}, say('about.intended')),
    h('p', {}, say('about.intended-text')),
    h('p', {}, say('about.not-for')),
    h('a', { class: 'button', href: '/models' }, say('about.to-models')),
    h('h3', {}, say('about.packages')),
    h('p', {}, say.count('about.packages-note', packages.length)),
    h(Packages, { packages }),
  );
}

function Packages({ packages }: Pick<Shipment, 'packages'>): JSX.Element {
  const say = useSay();
  const titles = [say('about.name'), say('about.version'), say('about.licence')];
  const rows = packages.map(({ name, version, licence }) =>
    h(
      'tr',
      { key: `${name}@${version}` },
      h('th', { scope: 'row' }, name),
      h('td', {}, version),
      h('td', {}, licence),
    ),
  );
  return h(
    'div',
    { class: 'table-frame', tabIndex: 0, role: 'group', 'aria-label': say('about.packages') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          titles.map((title) => h('th', { key: title, scope: 'col' }, title)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}
