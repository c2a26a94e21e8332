import type { JSX } from 'preact';
import { h } from 'preact';
import type { FleetDevice } from '../../fleet-device.ts';
import type { FleetPicture } from '../picture.ts';
import { Table } from './frame.ts';

/** Devices that run one version of a model. */
export interface Inventory {
  name: string;
  version: string;
  sha256: string;
  devices: number;
  sites: number;
}

/** Which versions of which models run, the newest use first: by model, then by how many devices run it. */
export function inventoryOf(devices: readonly FleetDevice[]): Inventory[] {
  const running = devices
    .filter(({ revoked }) => !revoked)
    .flatMap(({ site, models }) => models.map((model) => ({ ...model, site })));
  const groups = Map.groupBy(
    running,
    ({ name, version, sha256 }) => `${name} ${version} ${sha256}`,
  );
  const rows = [...groups.values()].map((own) => {
    const { name, version, sha256 } = own[0]!;
    return {
      name,
      version,
      sha256,
      devices: own.length,
      sites: new Set(own.map(({ site }) => site)).size,
    };
  });
  return rows.sort(
    (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)) || b.devices - a.devices,
  );
}

/** What runs where. Two hashes for one version want somebody: not all devices run what was published. */
export function Models({ picture: { devices } }: { picture: FleetPicture }): JSX.Element {
  const rows = inventoryOf(devices);
  if (rows.length === 0) return h('p', { class: 'calm' }, 'No device has said what it runs.');
  return h(Table, {
    caption: 'Models by how many devices run them',
    heads: ['Model', 'Version', 'Devices', 'Sites', 'Share', 'SHA-256 of the manifest'],
    rows: rows.map(({ name, version, sha256, devices: count, sites }) => {
      const all = rows
        .filter((row) => row.name === name)
        .reduce((sum, row) => sum + row.devices, 0);
      return [
        name,
        h('a', { href: `/devices?find=${encodeURIComponent(`${name} ${version}`)}` }, version),
        count,
        sites,
        h('progress', { max: all, value: count, 'aria-label': `share of ${name} ${version}` }),
        h('code', {}, sha256.slice(0, 16)),
      ];
    }),
  });
}
