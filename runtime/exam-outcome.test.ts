import { describe, expect, it, test } from 'vitest';
import type { Conclusion } from '../models/outcome.ts';
import type { ExamOutcome } from '../panel/source.ts';
import {
  currentResults,
  flaggedReports,
  nameOutcome,
  pending,
  standingOf,
} from './exam-outcome.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import type { Result, Study } from './spool/study-ledger.ts';

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

const flagged = (change: Partial<Result> = {}): Result => ({
  studyUid: '1.2.3',
  model: 'a',
  revision: 1,
  at: 1,
  conclusion: {
    state: 'flagged',
    analysed: [],
    missed: [],
    findings: [{ finding: 'x', probability: 0.9, flagged: true, key: [] }],
  },
  inputs: ['1'],
  sopInstanceUid: '2.25.1',
  sopClassUid: '',
  seriesUid: '',
  path: '',
  offset: 0,
  length: 0,
  late: false,
  madeAt: 1,
  bundleHash: 'h',
  amends: '',
  ...change,
});
const reported = { studyUid: '1.2.3', state: 'reported', mismatch: false } as Study;
const reopened: Study = { ...reported, state: 'receiving' };
const withdrawal = { kind: 'withdraw', reports: ['2.25.1'] } as StoredAct;
const noFlag: Conclusion = { state: 'no-flag', analysed: [], missed: [], findings: [] };

describe('what stands of a study', () => {
  it('is withdrawn as soon as somebody has said so, and stays so by the report that amends it', () => {
    const amended = flagged({ sopInstanceUid: '2.25.2', amends: '2.25.1' });
    for (const [results, acts] of [
      [[flagged()], [withdrawal]],
      [[flagged(), amended], []],
    ] as const)
      expect(standingOf(reported, results, acts)).toMatchObject({
        withdrawn: true,
        result: { sopInstanceUid: '2.25.1' },
      });
    expect(flaggedReports([flagged(), amended], [])).toEqual([]);
  });

  it('is a new flag after a withdrawn one where a later result raises one', () => {
    const later = flagged({ revision: 2, sopInstanceUid: '2.25.3' });
    const results = [flagged(), flagged({ sopInstanceUid: '2.25.2', amends: '2.25.1' }), later];
    expect(standingOf(reported, results, [withdrawal])).toMatchObject({
      withdrawn: false,
      result: { sopInstanceUid: '2.25.3' },
    });
    expect(flaggedReports(results, [withdrawal])).toEqual(['2.25.3']);
  });

  it('is the flag that stands beside one of another model that was taken back', () => {
    const other = flagged({ model: 'b', sopInstanceUid: '2.25.4' });
    expect(standingOf(reported, [flagged(), other], [withdrawal])).toMatchObject({
      withdrawn: false,
      model: 'b',
    });
  });

  it('while late images come is an earlier flag, withdrawn or not, and no other answer', () => {
    expect(standingOf(reopened, [flagged()], [])).toMatchObject({ model: 'a', withdrawn: false });
    expect(standingOf(reopened, [flagged()], [withdrawal])).toMatchObject({ withdrawn: true });
    expect(standingOf(reopened, [flagged({ conclusion: noFlag })], [])).toEqual(pending);
  });

  it('is nothing where the images name two patients', () => {
    expect(standingOf({ ...reopened, mismatch: true }, [flagged()], [])).toEqual(pending);
  });
});

describe('the name of an outcome', () => {
  const outcome = { state: 'flagged', labels: ['x'], missed: 0, withdrawn: false } as ExamOutcome;
  const name = (change: Partial<ExamOutcome> = {}, result: Partial<Result> = {}) =>
    nameOutcome({ ...outcome, ...change } as ExamOutcome, [flagged(result)]);

  it('is empty before there is one, and changes with outcome, result and withdrawal', () => {
    expect(nameOutcome({ state: 'pending' }, [])).toBe('');
    const names = [
      name(),
      name({ withdrawn: true }),
      name({}, { sopInstanceUid: '2.25.9' }),
      name({}, { revision: 2 }),
      nameOutcome({ state: 'no-flag', findingsChecked: 1 }, [flagged()]),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(name()).toBe(name());
  });

  it('does not change when the report that takes a flag back is made', () => {
    const withdrawn = { ...outcome, withdrawn: true } as ExamOutcome;
    const amended = flagged({ sopInstanceUid: '2.25.2', amends: '2.25.1' });
    expect(nameOutcome(withdrawn, [flagged(), amended])).toBe(name({ withdrawn: true }));
  });
});
