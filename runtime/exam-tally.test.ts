import { expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { messages } from '../ota/mqtt/contract.ts';
import { join } from 'node:path';
import { ExamTally } from './exam-tally.ts';
import { programFolder } from './service.ts';
import type { Result } from './spool/study-ledger.ts';

const bundles = join(programFolder, 'models', 'bundles');
const bundle = loadBundle(findBundle(bundles, 'chest-demo', disk), disk);
const [finding] = bundle.manifest.findings;
const day = 24 * 3600_000;
const noon = Date.UTC(2026, 10, 24, 12);

const result = (madeAt: number, change: Partial<Result> = {}): Result => ({
  studyUid: '1.2.3',
  model: 'chest-demo',
  revision: 1,
  at: madeAt,
  conclusion: {
    state: 'no-flag',
    analysed: [],
    missed: [],
    findings: [{ finding: finding!.id, probability: 0.31, flagged: false, key: [] }],
  },
  inputs: [],
  sopInstanceUid: '',
  sopClassUid: '',
  seriesUid: '',
  path: '',
  offset: 0,
  length: 0,
  late: false,
  madeAt,
  completedAt: madeAt - 2000,
  bundleHash: bundle.hash,
  amends: '',
  ...change,
});

function makeMemory() {
  const kept = new Map<string, string>();
  return {
    recall: (name: string) => kept.get(name),
    remember: (name: string, value: string) => void kept.set(name, value),
  };
}

it('counts each exam once, whatever is amended later', () => {
  const tally = new ExamTally([bundle], makeMemory());
  tally.add(result(noon));
  tally.add(result(noon, { amends: '1.2.3.4' }));
  tally.add(result(noon, { conclusion: { state: 'not-analysed', reason: 'quality', detail: '' } }));
  expect(tally.outcomes).toEqual({ 'no-flag': 1, quality: 1 });
  expect(Object.values(tally.latency.counts)).toEqual([2]);
});

it('gives a day’s histograms with the next day, once, over a restart, and none of a few exams', () => {
  const memory = makeMemory();
  const before = new ExamTally([bundle], memory);
  for (let at = 0; at < 6; at++) before.add(result(noon));
  const tally = new ExamTally([bundle], memory);
  expect(tally.takeSummaries(noon + 1000)).toEqual([]);
  const [summary, ...more] = tally.takeSummaries(noon + day);
  expect(more).toEqual([]);
  expect(summary).toMatchObject({ model: 'chest-demo', from: '2026-11-24', to: '2026-11-24' });
  expect(summary!.counts['outcome']).toContain(6);
  expect(summary!.counts[`score.${finding!.id}`]).toContain(6);
  const head = { stream: '0123456789abcdef', seq: 1, at: noon };
  expect(messages.summary.schema.safeParse({ ...head, ...summary }).error).toBeUndefined();
  expect(tally.takeSummaries(noon + day)).toEqual([]);

  tally.add(result(noon + day));
  const [few] = tally.takeSummaries(noon + 2 * day);
  expect(
    Object.values(few!.counts)
      .flat()
      .every((count) => count === 0),
  ).toBe(true);
  for (let at = 0; at < 4; at++) tally.add(result(noon + 2 * day));
  const [later] = tally.takeSummaries(noon + 3 * day);
  expect(later!.counts['outcome']).toContain(5);
});
