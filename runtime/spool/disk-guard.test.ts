import { expect, test } from 'vitest';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { DiskGuard } from './disk-guard.ts';

function makeGuard() {
  const space = { free: 100, total: 1000 };
  const clock = new ManualClock();
  const told: boolean[] = [];
  let looks = 0;
  const files = {
    ...disk,
    space: () => {
      looks += 1;
      return { ...space };
    },
  };
  const guard = new DiskGuard({
    files,
    clock,
    folder: '/',
    percent: 5,
    changed: (full) => told.push(full),
  });
  return { guard, space, clock, told, looks: () => looks };
}

test('there is room until less than the share is free, and again when it is', () => {
  const { guard, space, clock, told } = makeGuard();
  const ask = (free: number) => {
    clock.advance(1000);
    space.free = free;
    return guard.hasRoom();
  };
  expect([ask(100), ask(50), ask(49), ask(0), ask(50)]).toEqual([true, true, false, false, true]);
  expect(told).toEqual([true, false]);
});

test('the disk is asked at most once a second', () => {
  const { guard, clock, looks } = makeGuard();
  for (let count = 0; count < 100; count++) guard.hasRoom();
  expect(looks()).toBe(1);
  clock.advance(999);
  guard.hasRoom();
  expect(looks()).toBe(1);
  clock.advance(1);
  guard.hasRoom();
  expect(looks()).toBe(2);
});
