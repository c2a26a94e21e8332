import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeDemoStudy } from '../demo/demo-studies.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { headerLimits, readDataSet } from '../runtime/dicom/data-set.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import { openSegmentKeys, type SegmentKeys } from '../runtime/spool/segment-keys.ts';
import { readExtent, scanSegment } from '../runtime/spool/segment-reader.ts';

const demoSeed = 1;

/** What the demonstration sends: each image's bytes by its SOP Instance UID, and the studies. */
export class DemoTruth {
  readonly #images = new Map<string, Buffer>();
  readonly #studyUids: string[];

  constructor(studies: number) {
    const sent = Array.from({ length: studies }, (_, at) => makeDemoStudy(demoSeed, at));
    for (const { sopInstanceUid, dataSet } of sent.flatMap(({ instances }) => instances))
      this.#images.set(sopInstanceUid, Buffer.from(dataSet));
    this.#studyUids = sent.map(({ studyUid }) => studyUid).sort();
  }

  get images(): number {
    return this.#images.size;
  }

  /** Looks at the disk alone: every image and one result of every study are there, and nothing else. */
  expectIn(data: string): void {
    const spool = join(data, 'device', 'spool');
    const keys = openSegmentKeys(disk, spool, keyFolderOf(join(data, 'device')));
    this.#expectImages(join(spool, 'inbox'), keys);
    expect(scanFolder(join(spool, 'quarantine'), keys), 'quarantine').toEqual([]);
    const reports = readReports(join(data, 'pacs'));
    expect(reports.map(({ studyUid }) => studyUid).sort(), 'PACS').toEqual(this.#studyUids);
    const results = scanFolder(join(spool, 'outgoing'), keys).map(({ uid }) => uid);
    expect(results.sort(), 'results').toEqual(reports.map(({ uid }) => uid).sort());
  }

  /** A sender that got no answer sends again, so an image may stand there twice, but never with other bytes. */
  #expectImages(inbox: string, keys: SegmentKeys): void {
    const kept = scanFolder(inbox, keys);
    for (const { uid, bytes } of kept)
      expect(this.#images.get(uid)?.equals(bytes), `bytes of ${uid}`).toBe(true);
    expect([...new Set(kept.map(({ uid }) => uid))].sort(), 'images').toEqual(
      [...this.#images.keys()].sort(),
    );
  }
}

function scanFolder(folder: string, keys: SegmentKeys): { uid: string; bytes: Buffer }[] {
  return readdirSync(folder).flatMap((name) => {
    const { records, damage } = scanSegment(disk, join(folder, name), 0, keys);
    expect(damage, name).toEqual([]);
    return records.map((record) => ({
      uid: String(record.meta['sopInstanceUid']),
      bytes: readExtent(disk, record, keys),
    }));
  });
}

function readReports(folder: string): { uid: string; studyUid: string }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.dcm'));
  return names.map((name) => {
    const { transferSyntaxUid, dataSet } = readPart10(readFileSync(join(folder, name)));
    const header = readDataSet(dataSet, transferSyntaxUid, headerLimits);
    const uid = firstString(header, tags.SOPInstanceUID) ?? '';
    expect(`${uid}.dcm`).toBe(name);
    return { uid, studyUid: firstString(header, tags.StudyInstanceUID) ?? '' };
  });
}
