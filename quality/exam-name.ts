import type { Keys } from '../device/keys.ts';

/**
 * Names for what must not stand anywhere in clear: the same on this device at any time, nothing to anybody without its
 * root key. Reports that come months later find their exam by them.
 */
export interface ExamNames {
  exam(studyUid: string): string;
  /** Empty for an exam without a number: two of these are not the same. */
  accession(accessionNumber: string): string;
  /** An exam whose patient has no number is a patient of its own. */
  patient(patientId: string, studyUid: string): string;
  /** Whoever reads or reports, so that two can be told apart and none be found. */
  reader(name: string): string;
  /** Keeps anybody from knowing what will be drawn for an audit. */
  lot: string;
}

/** Digits that are kept: two of a billion exams meet once in ten billion devices. */
const digits = 32;

export function examNames(keys: Keys): ExamNames {
  const name = (purpose: string, text: string) =>
    keys.identify(`quality ${purpose}`, text).slice(0, digits);
  return {
    exam: (studyUid) => name('exam', studyUid),
    accession: (number) => (number === '' ? '' : name('accession', number)),
    patient: (patientId, studyUid) =>
      patientId === '' ? name('exam', studyUid) : name('patient', patientId),
    reader: (person) => name('reader', person).slice(0, 8),
    lot: keys.identify('quality audit', 'lot'),
  };
}
