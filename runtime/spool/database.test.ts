import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { disk } from '../../device/files.ts';
import { openDatabase } from './database.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'state.db');
});

const studies = (database: ReturnType<typeof openDatabase>) =>
  database.prepare('SELECT count(*) FROM study').pluck().get();

function fill(): void {
  const database = openDatabase(path, disk);
  database.exec(`INSERT INTO study VALUES ('1.2', 'receiving', 1, 0, 0, '{}', 0)`);
  database.close();
}

test('what was written is there again', () => {
  fill();
  expect(studies(openDatabase(path, disk))).toBe(1);
});

test('two at once are refused by name', () => {
  const first = openDatabase(path, disk);
  expect(() => openDatabase(path, disk)).toThrow('DATA_FOLDER_IN_USE');
  first.close();
  expect(studies(openDatabase(path, disk))).toBe(0);
});

test.each([
  [
    'is no database',
    () => writeFileSync(path, 'this is no database, but it is long enough to look at'),
  ],
  ['has another version', () => openOther()],
])('a file that %s is made again', (_, spoil) => {
  fill();
  spoil();
  expect(studies(openDatabase(path, disk))).toBe(0);
});

function openOther(): void {
  const database = openDatabase(path, disk);
  database.pragma('user_version = 99');
  database.close();
}
