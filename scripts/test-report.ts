import { z } from 'zod';

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Full names of failed and skipped tests. */
export interface Counts {
  passed: number;
  failed: string[];
  skipped: string[];
}

/**
 * Counts the tests in a JSON report of the test runner. A file that fails without a failing test, no test at all and
 * each step (`name=exit code`) that ended with anything but 0 count as one failure, so that no failure counts as none.
 */
export function countTests(report: unknown, steps: string[]): Counts {
  const files = reportSchema.parse(report).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const named = (...states: string[]): string[] =>
    tests.filter(({ status }) => states.includes(status)).map(({ fullName }) => fullName);
  const passed = named('passed').length;
  const failed = [
    ...named('failed'),
    ...files
      .filter(
        ({ status, assertionResults }) => status === 'failed' && !hasFailure(assertionResults),
      )
      .map(({ name, message }) => `${name}: ${message ?? 'could not be loaded'}`),
  ];
  if (passed === 0) failed.push('no test has passed');
  const broken = steps.filter((step) => !step.endsWith('=0'));
  const unexplained = broken.filter((step) => failed.length === 0 || !step.startsWith('tests='));
  return {
    passed,
    failed: [...failed, ...unexplained],
    skipped: named('pending', 'skipped', 'todo'),
  };
}

function hasFailure(tests: { status: string }[]): boolean {
  return tests.some(({ status }) => status === 'failed');
}

/** One line for each failed and skipped test, and the sum as the last line. */
export function describeCounts({ passed, failed, skipped }: Counts): string[] {
  return [
    ...skipped.map((name) => `skipped: ${name}`),
    ...failed.map((name) => `failed: ${name}`),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ];
}
