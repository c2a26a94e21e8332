import { expect, it } from 'vitest';
import { countTests, describeCounts } from './test-report.ts';

function report(...states: string[]): unknown {
  const assertionResults = states.map((status, at) => ({ fullName: `test ${at}`, status }));
  const status = states.includes('failed') ? 'failed' : 'passed';
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] };
}

it('names failed and skipped tests and ends with the sum', () => {
  const counts = countTests(report('passed', 'failed', 'pending'), ['check=0', 'tests=1']);
  expect(describeCounts(counts)).toEqual([
    'skipped: test 2',
    'failed: test 1',
    '1 passed, 1 failed, 1 skipped',
  ]);
});

it.each([
  ['nothing has run', { testResults: [] }, ['tests=1']],
  ['a check fails', report('passed'), ['check=1', 'tests=0']],
  ['the runner fails after its tests', report('passed'), ['check=0', 'tests=124']],
  [
    'a file cannot be loaded',
    {
      testResults: [
        { name: 'b.test.ts', status: 'failed', message: 'no', assertionResults: [] },
        {
          name: 'a.test.ts',
          status: 'passed',
          assertionResults: [{ fullName: 'a', status: 'passed' }],
        },
      ],
    },
    ['check=0', 'tests=1'],
  ],
])('counts one failure when %s', (_, input, steps) => {
  expect(countTests(input, steps).failed).toHaveLength(1);
});

it('finds nothing wrong when all is well', () => {
  expect(countTests(report('passed'), ['install=0', 'check=0', 'tests=0'])).toEqual({
    passed: 1,
    failed: [],
    skipped: [],
  });
});
