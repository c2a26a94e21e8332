import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { openKeyFile } from '../../device/keys.ts';
import type { Bundle } from '../../models/bundle.ts';
import { countExams } from '../../quality/exam-block.ts';
import { signalsOf } from '../../quality/signal.ts';
import { beginTrust, moveTrust } from '../../quality/trust.ts';
import { ModelWatch } from './model-watch.ts';
import { openQualityStore } from './quality-store.ts';

const bundle = {
  folder: '',
  hash: 'hash-1',
  manifest: { identity: { name: 'chest', version: '1.0.0' }, findings: [{ id: 'nodule' }] },
} as unknown as Bundle;

const name = { model: 'chest', modality: 'DX', scanner: 'XR-1' };
const exam = (mean: number) => ({
  outside: false as const,
  flagged: Math.round(mean * 1000) % 4 === 0,
  observation: { 'image.mean': mean },
});

function openStore() {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-watch-'));
  const store = openQualityStore(folder, openKeyFile(disk, join(folder, 'keys')));
  onTestFinished(() => {
    store.database.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

it.each([
  ['cause-removed', 'alarm'],
  ['intended-change', 'unknown'],
] as const)('released for %s, a scanner unlike the validated exams is: %s', (reason, level) => {
  const store = openStore();
  const validated = Array.from({ length: 300 }, (_, at) => exam(0.4 + at / 3000));
  const reference = countExams(signalsOf(['nodule']), validated);
  const watch = new ModelWatch(store, bundle, reference);
  for (let at = 0; at < 200; at++) watch.observe(name, exam(0.7 + at / 2000));
  expect(watch.streams()[0]?.verdict.level).toBe('alarm');

  const restricted = { ...beginTrust('chest', 'hash-1', 0), state: 'restricted' as const };
  const cause = { event: 'released', mover: 'radiologist', user: 'ada', reason, at: 1 } as const;
  const moved = moveTrust(restricted, cause)!;
  store.trust.put(moved.trust, moved);
  watch.forget();
  for (let at = 0; at < 200; at++) watch.observe(name, exam(0.7 + at / 2000));
  expect(watch.streams()[0]?.verdict.level).toBe(level);
  // A restart changes nothing.
  expect(new ModelWatch(store, bundle, reference).streams()[0]?.verdict.level).toBe(level);
});
