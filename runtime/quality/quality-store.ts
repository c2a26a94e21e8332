import { join } from 'node:path';
import type { Keys } from '../../device/keys.ts';
import { type ExamNames, examNames } from '../../quality/exam-name.ts';
import { AuditStore } from '../../quality/store/audit-store.ts';
import {
  openQualityDatabase,
  type QualityDatabase,
  qualityFileName,
} from '../../quality/store/database.ts';
import { ExamStore } from '../../quality/store/exam-store.ts';
import { OpinionStore } from '../../quality/store/opinion-store.ts';
import { ReadingStore } from '../../quality/store/reading-store.ts';
import { ReferenceStore } from '../../quality/store/reference-store.ts';
import { ShadowStore } from '../../quality/store/shadow-store.ts';
import { TrustStore } from '../../quality/store/trust-store.ts';

/** What the device knows of its models: answers, opinions, truth and audits, each in a store of its own. */
export interface QualityStore {
  database: QualityDatabase;
  names: ExamNames;
  exams: ExamStore;
  opinions: OpinionStore;
  reference: ReferenceStore;
  audit: AuditStore;
  readings: ReadingStore;
  shadow: ShadowStore;
  trust: TrustStore;
}

/** Opens it, also while the appliance or a command has it open. Throws QUALITY_STORE_UNUSABLE. */
export function openQualityStore(dataFolder: string, keys: Keys): QualityStore {
  const database = openQualityDatabase(join(dataFolder, qualityFileName), keys);
  return {
    database,
    names: examNames(keys),
    exams: new ExamStore(database),
    opinions: new OpinionStore(database),
    reference: new ReferenceStore(database),
    audit: new AuditStore(database),
    readings: new ReadingStore(database),
    shadow: new ShadowStore(database),
    trust: new TrustStore(database),
  };
}
