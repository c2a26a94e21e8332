import { expect, onTestFinished } from 'vitest';
import { checkText } from '../cli/provision-text.ts';
import { systemClock } from '../device/clock.ts';
import { errorCatalogue } from '../device/errors.ts';
import type { Lookup } from '../provisioning/checks/reach-check.ts';
import type { Chain, Verdict } from '../provisioning/checks/verdict.ts';
import type { CheckRecord } from '../provisioning/session/journal.ts';
import { runChain } from '../provisioning/session/session.ts';
import { temporaryFolder } from './peers/process.ts';

const lookup: Lookup = () => Promise.resolve({ address: '127.0.0.1' });
/** How peers on this machine are reached. */
export const way = { clock: systemClock, lookup };

/** A folder of the test’s own. */
export function makeFolder(): string {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  return path;
}

/** Runs checks as a step does. */
export async function run(chain: Chain): Promise<CheckRecord[]> {
  const checks: CheckRecord[] = [];
  await runChain(chain, (name, title, verdict) => checks.push({ name, title, ...verdict }));
  return checks;
}

/** The chain stops at exactly this fault, which names a cause and the next step, in text and in JSON. */
export function expectFault(
  checks: readonly (CheckRecord | Verdict)[],
  code: string,
  says: RegExp,
): void {
  const found = checks.find(({ state }) => state === 'fail');
  expect(found).toMatchObject({ code, cause: expect.stringMatching(says) });
  const { remedy } = errorCatalogue[code as keyof typeof errorCatalogue];
  expect(found?.next).toBe(remedy);
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  const text = checkText({ name: 'x', title: 'x', ...found! });
  expect(text).toContain(`${code}: `);
  expect(text).toContain(`Next: ${remedy}`);
}
