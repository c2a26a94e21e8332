import { beforeEach, expect, it } from 'vitest';
import type { HardwareCounter } from '../../device/tpm-counter.ts';
import { type CountableFloor, CountedFloor } from './counted-floor.ts';
import { type Floor, newFloor } from './floor.ts';

let rows: Map<string, string>;
let floor: Floor | undefined;
let value: number | undefined;
let broken: boolean;

const store: CountableFloor = {
  read: () => floor,
  write: (written) => {
    floor = written;
  },
  recall: (name) => rows.get(name),
  remember: (name, text) => void rows.set(name, text),
};

const counter: HardwareCounter = {
  read: () => value,
  make: () => {
    value = 41;
  },
  increment: () => {
    if (broken) throw new Error('power cut');
    value = value! + 1;
  },
};

beforeEach(() => {
  rows = new Map();
  [floor, value, broken] = [undefined, undefined, false];
});

const open = () => new CountedFloor(store, counter);

it('counts every write, and knows a disk that is as it was left', () => {
  const counted = open();
  for (const time of [1, 2, 3]) counted.write(newFloor(time));
  expect([value, open().read()]).toEqual([44, newFloor(3)]);
});

it('refuses an old copy of the disk, also one from before it was counted', () => {
  const uncounted = new Map(rows);
  open().write(newFloor(1));
  const old = new Map(rows);
  open().write(newFloor(2));
  for (const copy of [old, uncounted]) {
    rows = copy;
    expect(open).toThrow('UPDATE_FLOOR_OLD');
  }
});

it('goes on where the counter was being made', () => {
  const remember = store.remember;
  store.remember = (name, text) => {
    if (value !== undefined) throw new Error('power cut');
    remember(name, text);
  };
  expect(open).toThrow('power cut');
  store.remember = remember;
  open().write(newFloor(1));
  expect([value, rows.get('floor-count')]).toEqual([42, '42']);
});

it('refuses a disk whose counter is gone: another TPM, or one that was cleared', () => {
  open().write(newFloor(1));
  value = undefined;
  expect(open).toThrow('UPDATE_FLOOR_OLD');
});

it('goes on after a power cut between the disk and the counter, and refuses what lay before it', () => {
  const counted = open();
  counted.write(newFloor(1));
  const old = new Map(rows);
  broken = true;
  expect(() => counted.write(newFloor(2))).toThrow('power cut');
  broken = false;
  open().write(newFloor(3));
  rows = old;
  expect(open).toThrow('UPDATE_FLOOR_OLD');
});
