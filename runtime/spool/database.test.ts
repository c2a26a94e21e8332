import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  database.exec(`INSERT INTO study VALUES ('1.2', 'receiving', 1, 0, 0, '{}', 0, '', 0, NULL)`);
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

test('one with a secret says nothing without it, and is made again for another one', () => {
  const database = openDatabase(path, disk, 'a'.repeat(64));
  database.exec(`INSERT INTO study VALUES ('SECRET', 'receiving', 1, 0, 0, '{}', 0, '', 0, NULL)`);
  expect(readFileSync(`${path}-wal`).includes('SECRET')).toBe(false);
  database.close();
  expect(readFileSync(path).includes('SECRET')).toBe(false);
  const again = openDatabase(path, disk, 'a'.repeat(64));
  expect(studies(again)).toBe(1);
  again.close();
  const other = openDatabase(path, disk, 'b'.repeat(64));
  expect(studies(other)).toBe(0);
  other.close();
  expect(studies(openDatabase(path, disk))).toBe(0);
});

test('two with a secret at once are refused by name', () => {
  const first = openDatabase(path, disk, 'a'.repeat(64));
  expect(() => openDatabase(path, disk, 'a'.repeat(64))).toThrow('DATA_FOLDER_IN_USE');
  first.close();
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
