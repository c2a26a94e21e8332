import { expect, test } from 'vitest';
import { currentResults } from './exam-outcome.ts';
import type { Result } from './spool/study-ledger.ts';

const result = (model: string, revision: number) => ({ model, revision }) as Result;
const names = (...results: Result[]) =>
  currentResults(results).map(({ model, revision }) => `${model} ${revision}`);

test('the newest result of each model counts', () => {
  expect(names(result('a', 1), result('b', 1), result('a', 2))).toEqual(['a 2', 'b 1']);
});

test('a model that speaks later takes the place of the device', () => {
  expect(names(result('dispatcher', 1), result('a', 2))).toEqual(['a 2']);
});

test('a flag does not outlive the news that its images name two patients', () => {
  expect(names(result('a', 1), result('dispatcher', 2))).toEqual(['dispatcher 2']);
});
