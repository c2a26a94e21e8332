import { expect, it } from 'vitest';
import { judgeTrial } from './trial-watch.ts';
import { isOpen } from './window.ts';

const limits = { ms: 60_000, answers: 100 };
const facts = { crashes: 0, faults: 0, answers: 5, ms: 1000 };

it.each([
  ['young and well', {}, undefined],
  ['old and well', { ms: 60_000 }, 'kept'],
  ['well after many images', { answers: 100 }, 'kept'],
  ['one crash', { crashes: 1 }, undefined],
  ['one crash and old', { crashes: 1, ms: 60_000 }, 'kept'],
  ['two crashes', { crashes: 2, ms: 60_000 }, { because: 'the engine ended 2 times' }],
  ['faults on most images', { faults: 3 }, { because: 'it failed on 3 of 8 images' }],
  ['faults on few of many images', { faults: 3, answers: 99 }, undefined],
])('judges a trial: %s', (_, change, verdict) => {
  expect(judgeTrial({ ...facts, ...change }, limits)).toEqual(verdict);
});

it.each([
  ['within', 60, 120, 0, 90, true],
  ['at its end', 60, 120, 0, 120, false],
  ['over midnight, before it', 1380, 120, 0, 1400, true],
  ['over midnight, after it', 1380, 120, 0, 60, true],
  ['over midnight, by day', 1380, 120, 0, 720, false],
  ['in a zone to the west', 60, 120, -300, 390, true],
])('knows a window: %s', (_, from, to, utcOffsetMinutes, minute, open) => {
  expect(isOpen({ from, to, utcOffsetMinutes }, minute * 60_000)).toBe(open);
});
