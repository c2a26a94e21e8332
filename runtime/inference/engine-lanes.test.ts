import { expect, test } from 'vitest';
import type { Bundle } from '../../models/bundle.ts';
import { EngineLanes } from './engine-lanes.ts';
import { onProcessor, type Placement } from './session/placement.ts';

const bundle = (hash: string) =>
  ({ hash, manifest: { network: { input: { batch: 8 } } } }) as Bundle;
const [a, b] = [bundle('a'), bundle('b')];
const onGpu: Placement = { ...onProcessor, runtime: 'ort-capi', provider: 'tensorrt' };

test('a bundle runs where it is served, and on the processor where it is not', () => {
  const lanes = new EngineLanes([{ bundle: a, placement: onGpu }]);
  expect(lanes.placementOf(a)).toBe(onGpu);
  expect(lanes.placementOf(b)).toBe(onProcessor);
});

test('what is learned holds for a bundle, a placement and a power mode', () => {
  const lanes = new EngineLanes([{ bundle: a, placement: onProcessor }]);
  const names = [lanes.laneOf(a), lanes.laneOf(b)];
  lanes.serve([{ bundle: a, placement: onGpu }]);
  names.push(lanes.laneOf(a));
  expect([lanes.setPowerMode('15W'), lanes.setPowerMode('15W')]).toEqual([true, false]);
  names.push(lanes.laneOf(a));
  expect(new Set(names).size).toBe(4);
});

test('a run is known to hang only after such runs have been measured', () => {
  const lanes = new EngineLanes([]);
  const name = lanes.laneOf(a);
  const known = [1, 2, 3].map(() => {
    lanes.ran(name, 4, 100);
    return lanes.knows(name, 4);
  });
  expect(known).toEqual([false, false, true]);
  expect(lanes.knows(name, 8)).toBe(false);
  expect(lanes.knows('another', 4)).toBe(false);
});

test('lanes of bundles that are no longer served are forgotten', () => {
  const lanes = new EngineLanes([]);
  for (let version = 0; version < 200; version++) {
    const served = bundle(`version ${version}`);
    lanes.serve([{ bundle: served, placement: onProcessor }]);
    lanes.laneOf(served);
  }
  expect(lanes.lanes.size).toBe(1);
});

test('what an accelerator fails on runs on the processor, and says why', () => {
  const lanes = new EngineLanes([{ bundle: a, placement: onGpu }]);
  lanes.fallBack(a, 'it is gone');
  lanes.fallBack(b, 'nobody serves it');
  expect(lanes.served).toEqual([
    { bundle: a, placement: { ...onProcessor, because: 'it is gone' } },
  ]);
});
