import { ScansideError } from '../../device/errors.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { Act } from '../../panel/act.ts';
import type { ReadingExam } from '../../panel/quality-view.ts';
import { type BlindReading, truthOfReading } from '../../quality/store/reading-store.ts';
import type { StudyLedger } from '../spool/study-ledger.ts';
import type { QualityStore } from './quality-store.ts';

/** What a reader says of one finding. */
export type SaidReading = Pick<Extract<Act, { kind: 'read-exam' }>, 'exam' | 'finding' | 'answer'>;

/** Who reads, by the name that is kept of them, and how many have to. */
export interface Reader {
  reader: string;
  readers: number;
}

/** Exams of a list; there are more behind it. */
const mostListed = 20;
const all = Number.MAX_SAFE_INTEGER;

/** What each answer says, and how sure its reader is. */
const meanings: Record<SaidReading['answer'], Pick<BlindReading, 'label' | 'confidence'>> = {
  present: { label: 1, confidence: 'certain' },
  'probably-present': { label: 1, confidence: 'probable' },
  'probably-absent': { label: 0, confidence: 'probable' },
  absent: { label: 0, confidence: 'certain' },
};

/** The exams that a reader has still to read: how to find them, and what for. Nothing of what anybody said. */
export function listReadings(
  store: QualityStore,
  { reader, readers }: Reader,
  bundles: readonly Bundle[],
  { studies }: { studies: Pick<StudyLedger, 'study'> },
): ReadingExam[] {
  const labels = new Map(
    bundles.flatMap(({ manifest }) => manifest.findings.map(({ id, label }) => [id, label])),
  );
  const open = store.readings.toRead(reader, readers, mostListed);
  return open.flatMap(({ exam: id, studyUid, modality, findings, decides }) => {
    const study = studies.study(studyUid);
    if (!study) return [];
    const { accessionNumber, patientId } = study.identity;
    return [
      {
        id,
        accessionNumber,
        patientId,
        modality,
        receivedAt: study.firstReceivedAt,
        findings: findings.map((finding, at) => ({
          id: finding,
          label: labels.get(finding) ?? finding,
          decides: decides[at] ?? false,
        })),
      },
    ];
  });
}

/**
 * Keeps a reading, and with it a part of the reference standard. What decides between readers is no reading of the study:
 * how far readers agree is told of them before. Throws ACT_REFUSED for what was not asked.
 */
export function keepReading(
  store: QualityStore,
  { reader, readers, at }: Reader & { at: number },
  { exam, finding, answer }: SaidReading,
): void {
  const asked = store.readings.toRead(reader, readers, all).find((each) => each.exam === exam);
  const position = asked?.findings.indexOf(finding) ?? -1;
  const probability = asked?.probabilities[position];
  if (!asked || probability === undefined)
    throw new ScansideError('ACT_REFUSED', 'this exam does not wait for this reader');
  const reading: BlindReading = { exam, finding, reader, at, ...meanings[answer] };
  const decides = asked.decides[position] === true;
  const source = decides ? 'adjudication' : 'blinded-reading';
  store.database.transaction(() => {
    if (!decides) store.readings.put(reading);
    store.reference.put([truthOfReading(reading, probability, source)]);
  })();
}
