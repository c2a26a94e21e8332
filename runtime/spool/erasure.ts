import { dirname } from 'node:path';
import type Database from 'better-sqlite3-multiple-ciphers';
import type { Files } from '../../device/files.ts';
import type { SegmentKeys } from './segment-keys.ts';

/** Destroys a segment’s key, so that nothing brings back what it held, then removes it. May be done again. */
export async function eraseSegment(files: Files, keys: SegmentKeys, path: string): Promise<void> {
  await keys.destroy(path);
  files.remove(path);
  await files.syncFolder(dirname(path));
  await keys.forget(path);
}

/**
 * Erases a study: the keys of its segments, the segments, then what the index says of them. Cut off at any point, it
 * stands in the index still and is erased again. What arrives of it meanwhile lies in another segment and stays.
 */
export async function eraseStudy(
  studyUid: string,
  { database, files, keys }: { database: Database.Database; files: Files; keys: SegmentKeys },
): Promise<void> {
  const paths = database
    .prepare('SELECT path FROM segment WHERE study_uid = ?')
    .pluck()
    .all(studyUid) as string[];
  for (const path of paths) await keys.destroy(path);
  for (const path of paths) await eraseSegment(files, keys, path);
  forget(database, studyUid, paths);
}

/** Erases what has been kept aside since before `before`, milliseconds since 1970. Returns how many segments. */
export async function eraseQuarantine(
  before: number,
  { database, files, keys }: { database: Database.Database; files: Files; keys: SegmentKeys },
): Promise<number> {
  const paths = database
    .prepare('SELECT path FROM quarantine GROUP BY path HAVING max(received_at) < ?')
    .pluck()
    .all(before) as string[];
  const acts = database.prepare(actsOnQuarantine).pluck().all(JSON.stringify(paths)) as string[];
  // Once the objects are gone nothing names what was done on them.
  const all = [...acts, ...paths];
  for (const path of all) await eraseSegment(files, keys, path);
  for (const table of ['act', 'quarantine', 'segment'])
    database
      .prepare(`DELETE FROM ${table} WHERE path IN (SELECT value FROM json_each(?))`)
      .run(JSON.stringify(all));
  return paths.length;
}

/** What people did on objects that are kept aside stands under the objects' places. */
const actsOnQuarantine = `SELECT act.path FROM act JOIN quarantine
  ON act.study_uid = quarantine.path || ':' || quarantine.offset
  WHERE quarantine.path IN (SELECT value FROM json_each(?))`;

function forget(database: Database.Database, studyUid: string, paths: string[]): void {
  const values = { studyUid, paths: JSON.stringify(paths) };
  database.transaction(() => {
    for (const statement of statements) database.prepare(statement).run(values);
  })();
}

const erased = 'path IN (SELECT value FROM json_each(@paths))';
const statements = [
  `DELETE FROM delivery WHERE sop_instance_uid IN (SELECT sop_instance_uid FROM outgoing_object WHERE ${erased})`,
  `DELETE FROM act WHERE ${erased}`,
  `DELETE FROM companion WHERE ${erased}`,
  `DELETE FROM result WHERE ${erased}`,
  `DELETE FROM conflict WHERE ${erased}`,
  `DELETE FROM instance WHERE ${erased}`,
  `DELETE FROM segment WHERE ${erased}`,
  `DELETE FROM analysis WHERE study_uid = @studyUid
     AND sop_instance_uid NOT IN (SELECT sop_instance_uid FROM instance WHERE study_uid = @studyUid)`,
  `DELETE FROM study WHERE study_uid = @studyUid
     AND NOT EXISTS (SELECT 1 FROM instance WHERE study_uid = @studyUid)`,
  `DELETE FROM procedure_step WHERE study_uid = @studyUid
     AND NOT EXISTS (SELECT 1 FROM study WHERE study_uid = @studyUid)`,
];
