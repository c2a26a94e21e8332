import { expect, test } from 'vitest';
import { machineRoots } from '../device/machine/attribute.ts';
import { readMachine } from '../device/machine/readings.ts';
import type { DeviceGroupId } from '../panel/device-detail.ts';
import { orinNanoJp6, x86 } from '../tests/fixtures/machines/machines.ts';
import { treeFiles } from '../tests/fixtures/machines/tree.ts';
import { parseConfiguration } from './config.ts';
import { type DetailFacts, describeDeviceDetail } from './device-detail.ts';
import { onProcessor } from './inference/session/placement.ts';

const bundle = {
  hash: 'aa',
  manifest: { identity: { name: 'a', version: '1.0.0', status: 'cleared' } },
} as DetailFacts['bundles'][number];
const now = 1_800_000_000_000;
const day = 24 * 3600_000;

const facts: DetailFacts = {
  configuration: parseConfiguration({
    device: { serial: 'SC-0001', utcOffsetMinutes: 120 },
    destinations: [{ name: 'main', host: '127.0.0.1', port: 104, aeTitle: 'PACS' }],
    models: { enabled: [] },
    audit: { hospitalKeyFile: 'hospital.pem' },
  }),
  now,
  space: { free: 50e9, total: 100e9 },
  bundles: [bundle],
  inference: {
    state: 'ok',
    queued: 0,
    late: undefined,
    served: [{ bundle, placement: onProcessor }],
    refused: new Map(),
    detours: [],
    peak: undefined,
    level: 'full',
    cause: undefined,
    budget: undefined,
    hottest: 51,
  },
  surroundings: [],
  failing: [],
  conflicting: 0,
  mixed: 0,
  softwareVersion: '0.1.0',
  nodeVersion: 'v24.21.0',
  uptimeMs: 1000,
  machine: readMachine(treeFiles(orinNanoJp6), machineRoots),
  held: { images: 3, bytes: 3e6 },
  queue: 2,
  destinations: [
    { name: 'main', circuit: 'closed', answeredAt: now, failingSince: undefined, waiting: 1 },
  ],
  synchronisation: 'synchronised',
  processes: { receiver: true, engine: true },
  updateReasons: [],
};

function groupOf(id: DeviceGroupId, change: Partial<DetailFacts> = {}) {
  const group = describeDeviceDetail({ ...facts, ...change }).groups.find((one) => one.id === id)!;
  const find = (name: string, of?: string) =>
    (of === undefined ? group : group.rows.find((row) => row.of === of))?.facts.find(
      (fact) => fact.id === name,
    );
  return { ...group, find };
}

test('rows of a group have the same facts in the same order', () => {
  for (const { rows } of describeDeviceDetail(facts).groups)
    for (const row of rows)
      expect(row.facts.map(({ id }) => id)).toEqual(rows[0]?.facts.map(({ id }) => id));
});

test('a sensor that cannot be read is unknown, and never cool', () => {
  const zones = [
    { name: 'cv0', celsius: undefined, throttlesAt: undefined, shutsDownAt: undefined },
  ];
  const { find } = groupOf('heat', { machine: { ...facts.machine, zones } });
  expect(find('now', 'cv0')).toMatchObject({ value: undefined, standing: 'unknown' });
});

test('a part that is slowed for heat wants attention', () => {
  const zones = [{ name: 'gpu', celsius: 99, throttlesAt: 99, shutsDownAt: 104.5 }];
  const { find } = groupOf('heat', { machine: { ...facts.machine, zones } });
  expect(find('now', 'gpu')).toMatchObject({ value: 99, standing: 'attention' });
  expect(find('shuts-down-at', 'gpu')).toMatchObject({ value: 104.5, standing: 'plain' });
});

test('a PC has no throttle, power mode or release to tell of', () => {
  const machine = readMachine(treeFiles(x86), machineRoots);
  expect(groupOf('heat', { machine }).find('throttling')?.standing).toBe('unknown');
  expect(groupOf('software', { machine }).find('l4t')?.standing).toBe('unknown');
});

test('a destination that fails says since when, and when it last answered', () => {
  const failingSince = now - 60_000;
  const destinations = [
    { name: 'main', circuit: 'open' as const, answeredAt: undefined, failingSince, waiting: 4 },
  ];
  const { find } = groupOf('destinations', { destinations });
  expect(find('protocol', 'main')?.value).toBe('dicom');
  expect(find('waiting', 'main')?.value).toBe(4);
  expect(find('circuit', 'main')).toMatchObject({ value: 'open', standing: 'attention' });
  expect(find('failing-since', 'main')).toMatchObject({ value: failingSince, unit: 'instant' });
  expect(find('answered', 'main')).toMatchObject({ value: 'not-since-start', unit: 'word' });
});

test('that there is no destination is said', () => {
  expect(groupOf('destinations', { destinations: [] }).facts).toMatchObject([
    { value: 'none', standing: 'attention' },
  ]);
});

test('a model that is refused runs nowhere, and the reason is given', () => {
  const inference = { ...facts.inference, refused: new Map([['aa', 'rule golden-answer']]) };
  const { find } = groupOf('models', { inference });
  expect(find('runs-on', 'a 1.0.0')).toMatchObject({ value: 'not-used', standing: 'attention' });
  expect(find('because', 'a 1.0.0')?.value).toBe('rule golden-answer');
  expect(find('hash', 'a 1.0.0')?.value).toBe('aa');
});

test.each([
  ['synchronised', 'synchronised', 'plain'],
  ['not-synchronised', 'not-synchronised', 'attention'],
  ['unknown', undefined, 'unknown'],
] as const)('a clock that is %s', (synchronisation, value, standing) => {
  const { find } = groupOf('clock', { synchronisation });
  expect(find('synchronisation')).toMatchObject({ value, standing });
  expect(find('time-zone')?.value).toBe(120);
});

test.each([
  [29 * day, 29, 'attention'],
  [30 * day, 30, 'plain'],
  [-day, -1, 'attention'],
  [undefined, undefined, 'unknown'],
])('a certificate that ends in %s ms', (ends, days, standing) => {
  const notAfter = ends === undefined ? undefined : now + ends;
  const certificates = [{ subject: 'bay-3', usedBy: ['receiver', 'main'], notAfter }];
  const { find } = groupOf('certificates', { certificates });
  expect(find('days-left', 'bay-3')).toMatchObject({ value: days, standing });
  expect(find('used-by', 'bay-3')?.value).toBe('receiver, main');
});

test('certificates that nobody has looked at are unknown, not none', () => {
  expect(groupOf('certificates').facts).toMatchObject([{ standing: 'unknown' }]);
  expect(groupOf('certificates', { certificates: [] }).facts).toMatchObject([{ value: 'none' }]);
});

test('updates are said not to be set up', () => {
  expect(groupOf('updates').find('signed-updates')?.value).toBe('not-set-up');
});

test('the pairing code is told where the device has a key for the fleet', () => {
  expect(groupOf('software').find('pairing-code')).toBeUndefined();
  const pairingCode = '1234 5678';
  expect(groupOf('software', { pairingCode }).find('pairing-code')).toMatchObject({
    value: pairingCode,
    standing: 'plain',
  });
});

test('an update that is under way is named, with how often it can be put off', () => {
  const update = {
    target: 'models/a/2.0.0/manifest.json',
    postponedUntil: 5,
    postponementsLeft: 2,
  };
  const { find } = groupOf('updates', { update });
  expect(find('signed-updates')?.value).toBe('under-way');
  expect(find('update-of')?.value).toBe(update.target);
  expect(find('postponed-until')).toMatchObject({ value: 5, standing: 'attention' });
  expect(find('postponements-left')?.value).toBe(2);
  const none = { target: undefined, postponedUntil: undefined, postponementsLeft: 0 };
  const idle = groupOf('updates', { update: none });
  expect(idle.facts.map(({ value }) => value)).toEqual(['nothing-under-way']);
});

test('every point that the configuration leaves open has a row', () => {
  expect(groupOf('software').rows).toEqual([]);
  const configuration = parseConfiguration({ models: { enabled: [] } });
  expect(groupOf('software', { configuration }).rows.map(({ of }) => of)).toEqual([
    expect.stringContaining('device.serial'),
    expect.stringContaining('no destination'),
    expect.stringContaining('audit.hospitalKeyFile'),
  ]);
});
