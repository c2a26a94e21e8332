import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { parseConfiguration } from './config.ts';
import { ExamList } from './exam-list.ts';
import { concludeStudy } from './study/conclusion.ts';
import { openStorage, type Storage } from './storage.ts';

let dataFolder: string;
let storage: Storage;
let list: ExamList;
const clock = new ManualClock();

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'scanside-'));
  storage = openStorage(parseConfiguration({ dataFolder }), disk, clock);
  const studies = JSON.stringify(Array.from({ length: 500 }, (_, at) => at + 1));
  storage.database
    .prepare(
      `INSERT INTO study SELECT '1.2.' || value, 'receiving', 1, value, ?, '{}', 0, '', 0, NULL FROM json_each(?)`,
    )
    .run(clock.now(), studies);
  list = new ExamList({
    clock,
    ...storage,
    bundles: [],
    whyUrgent: () => '',
    acts: () => [],
    isPaused: () => false,
    conclude: ({ manifest }, instances) => concludeStudy(manifest, instances),
    thumbnail: () => '',
  });
  list.load();
});

afterEach(() => {
  storage.database.close();
  rmSync(dataFolder, { recursive: true });
});

test('showing 500 exams reads only those that have changed, however often it is asked', () => {
  expect(list.all()).toHaveLength(500);
  const read = vi.spyOn(storage.database, 'prepare');
  for (let time = 0; time < 10; time++) list.all();
  expect(read).not.toHaveBeenCalled();
  const asked = vi.spyOn(storage.studies, 'study');
  for (let time = 0; time < 10; time++) list.refresh('1.2.7');
  list.all();
  expect(asked.mock.calls).toEqual([['1.2.7']]);
});

test('a newer version of an exam is always higher, and one that is erased is gone', () => {
  const before = list.find('1.2.7')?.version ?? 0;
  list.refresh('1.2.7');
  expect(list.find('1.2.7')?.version).toBeGreaterThan(before);
  list.remove('1.2.7');
  expect(list.find('1.2.7')).toBeUndefined();
  expect(list.all()).toHaveLength(499);
});
