import { beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import { type Refusal, RefusalDigest } from './refusal-digest.ts';

const stranger: Refusal = {
  peerAddress: '10.0.0.1',
  callingAeTitle: 'STRANGER',
  reason: 'calling AE title not recognized',
  cause: 'no caller has this AE title',
};

let clock: ManualClock;
let told: [string, number][];
let digest: RefusalDigest;

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  digest = new RefusalDigest(clock, 1000, (refusal, times) =>
    told.push([refusal.callingAeTitle, times]),
  );
});

it('tells the first at once, the others with their number, and then nothing', () => {
  for (let count = 0; count < 500; count += 1) digest.add(stranger);
  expect(told).toEqual([['STRANGER', 1]]);
  clock.advance(1000);
  expect(told).toEqual([
    ['STRANGER', 1],
    ['STRANGER', 499],
  ]);
  clock.advance(5000);
  expect(told).toHaveLength(2);
  digest.add(stranger);
  expect(told).toHaveLength(3);
});

it('tells different refusals apart', () => {
  digest.add(stranger);
  digest.add({ ...stranger, callingAeTitle: 'OTHER' });
  digest.add({ ...stranger, callingAeTitle: 'OTHER', cause: 'another cause' });
  expect(told.map(([title]) => title)).toEqual(['STRANGER', 'OTHER', 'OTHER']);
});

it('keeps no more than so many apart, and loses none', () => {
  const all = 10_000;
  for (let count = 0; count < all; count += 1)
    digest.add({ ...stranger, callingAeTitle: `AE${count}` });
  expect(told.length).toBeLessThan(300);
  clock.advance(1000);
  expect(told.reduce((sum, [, times]) => sum + times, 0)).toBe(all);
});
