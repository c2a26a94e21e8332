import { expect, test } from 'vitest';
import {
  describeArrival,
  judgeCompleteness,
  type Arrival,
  type CompletenessReason,
  type ProcedureStep,
} from './completeness.ts';

const times = { quietMs: 10_000, openQuietMs: 90_000 };
const base: Arrival = {
  open: false,
  lastReceivedAt: 1000,
  received: 3,
  expected: undefined,
  series: [{ received: 3, expected: undefined, gap: false }],
  steps: [],
};

const gap = { series: [{ received: 3, expected: undefined, gap: true }] };
const counted = (...series: [received: number, expected: number | undefined][]) => ({
  series: series.map(([received, expected]) => ({ received, expected, gap: false })),
});
const step = (status: ProcedureStep['status'], images = 0) => ({ steps: [{ status, images }] });

/** Asked one millisecond after the last image. */
test.each<[string, Partial<Arrival>, CompletenessReason | number]>([
  ['nothing is known', {}, 9999],
  ['the association is open', { open: true }, 89_999],
  ['the expected count is there', { expected: 3 }, 'study-count'],
  ['the expected count is there, but more may come', { expected: 3, open: true }, 89_999],
  ['the expected count is not there', { expected: 9 }, 9999],
  ['every series has its count', counted([2, 2], [1, 1]), 'series-counts'],
  ['one series lacks an image', counted([2, 2], [1, 4]), 9999],
  ['one series has no count', counted([2, 2], [1, undefined]), 9999],
  ['a slice is missing', gap, 89_999],
  ['a slice is missing although the count is there', { ...gap, expected: 3 }, 89_999],
  ['the procedure is in progress', step('IN PROGRESS'), 89_999],
  [
    'the procedure is in progress although the count is there',
    { ...step('IN PROGRESS'), expected: 3 },
    89_999,
  ],
  ['the procedure is completed, all is there', step('COMPLETED', 3), 'procedure-completed'],
  [
    'the same while the association is open',
    { ...step('COMPLETED', 3), open: true },
    'procedure-completed',
  ],
  ['the procedure is completed, an image lacks', step('COMPLETED', 4), 9999],
  ['the procedure is completed and names no image', step('COMPLETED'), 9999],
  ['the procedure is completed, a slice is missing', { ...step('COMPLETED', 3), ...gap }, 89_999],
  ['the procedure was discontinued', step('DISCONTINUED', 3), 9999],
  [
    'one of two procedure steps is in progress',
    { steps: [...step('COMPLETED', 3).steps, ...step('IN PROGRESS').steps] },
    89_999,
  ],
])('right after an image: %s', (_title, change, expected) => {
  const judged = judgeCompleteness({ ...base, ...change }, times, base.lastReceivedAt + 1);
  expect(judged.complete ? judged.because : judged.waitMs).toBe(expected);
});

test.each<[string, Partial<Arrival>, number, CompletenessReason]>([
  ['nothing is known', {}, 10_000, 'quiet'],
  ['a count was never reached', { expected: 9 }, 10_000, 'quiet'],
  ['the association stays open', { open: true }, 90_000, 'quiet-association-open'],
  ['a slice stays missing', gap, 90_000, 'quiet-slice-missing'],
  ['the procedure never ends', step('IN PROGRESS'), 90_000, 'quiet-procedure-in-progress'],
])('every wait ends: %s', (_title, change, quiet, because) => {
  const judge = (elapsed: number) =>
    judgeCompleteness({ ...base, ...change }, times, base.lastReceivedAt + elapsed);
  expect(judge(quiet)).toEqual({ complete: true, because });
  expect(judge(quiet - 1)).toEqual({ complete: false, waitMs: 1 });
});

test('a clock set back waits one quiet time, not more', () => {
  expect(judgeCompleteness(base, times, -5_000_000)).toEqual({ complete: false, waitMs: 10_000 });
});

test('the signals of a study are gathered series by series, whatever the association', () => {
  const instance = (seriesUid: string, at: number, expectedInSeries?: number) => ({
    seriesUid,
    facts: { expectedInStudy: undefined, expectedInSeries, slice: { plane: 'axial', at } },
  });
  const instances = [
    ...[0, 1, 2, 4].map((at) => instance('1.1', at)),
    ...[0, 1, 2, 3].map((at) => instance('1.2', at, at + 1)),
  ];
  const known = { open: true, lastReceivedAt: 7, steps: [] };
  expect(describeArrival(instances, known)).toEqual({
    ...known,
    received: 8,
    expected: undefined,
    series: [
      { received: 4, expected: undefined, gap: true },
      { received: 4, expected: 4, gap: false },
    ],
  });
});
