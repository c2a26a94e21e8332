import { expect, it } from 'vitest';
import { day, device, release, start } from '../../../tests/fleet-samples.ts';
import { selectDevices } from './selection.ts';
import { readWaves } from './wave-list.ts';

const request = {
  release: release(2),
  releases: [release(1), release(2), release(3)],
  waves: readWaves('1,50%,100%'),
  devices: [],
  sites: [],
  staleMs: 14 * day,
  now: start,
};

const models = (counter: number, name = 'chest-demo') => [
  { name, version: release(counter).version, sha256: release(counter).sha256 },
];

it.each([
  ['revoked', { revoked: true }],
  ['pinned: study', { pin: 'study' }],
  ['in rollout spring', { rollout: 'spring' }],
  ['never heard', { seen: 0 }],
  ['not heard for 15 days', { seen: start - 15 * day }],
  ['has no model chest-demo', { models: models(1, 'head-demo') }],
  ['runs it already', { models: models(2) }],
  ['runs the later 1.3.0', { models: models(3) }],
])('says of a device that is left out: %s', (because, more) => {
  const { chosen, leftOut } = selectDevices([device('a', more), device('b')], request);
  expect(leftOut).toEqual([{ device: 'a', because }]);
  expect(chosen).toEqual([{ device: 'b', site: '', wave: 0 }]);
});

it('takes the devices and the sites that were named, and no others', () => {
  const fleet = [device('a'), device('b', { site: 'north' }), device('c')];
  const { chosen, leftOut } = selectDevices(fleet, {
    ...request,
    devices: ['a'],
    sites: ['north'],
  });
  expect(chosen.map((each) => each.device).sort()).toEqual(['a', 'b']);
  expect(leftOut).toEqual([{ device: 'c', because: 'not asked for' }]);
});

it('begins at as many sites as it can, and chooses the same in whatever order it is asked', () => {
  const fleet = Array.from({ length: 40 }, (_, at) => device(`d${at}`, { site: `s${at % 20}` }));
  const { chosen } = selectDevices(fleet, request);
  expect(new Set(chosen.slice(0, 20).map(({ site }) => site)).size).toBe(20);
  expect(chosen.map(({ wave }) => wave)).toEqual([0, ...Array(19).fill(1), ...Array(20).fill(2)]);
  expect(selectDevices(fleet.toReversed(), request).chosen).toEqual(chosen);
});
