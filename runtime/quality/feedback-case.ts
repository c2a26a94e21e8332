import type { Bundle } from '../../models/bundle.ts';
import { isVerified, type JudgedExam } from '../../quality/judged-exam.ts';
import { joinTruth } from '../../quality/reference-standard.ts';
import type { QualityStore } from './quality-store.ts';

/** Which exams a model can learn from: those with the finding that it did not flag, those without that it did, or all. */
export type CaseKind = 'missed' | 'false' | 'known';

/** An exam that is still on this device and whose truth is known. */
export interface FeedbackCase {
  studyUid: string;
  finding: string;
  exam: JudgedExam;
}

const kinds: Record<CaseKind, (label: 0 | 1, flagged: boolean) => boolean> = {
  missed: (label, flagged) => label === 1 && !flagged,
  false: (label, flagged) => label === 0 && flagged,
  known: () => true,
};

/** The exams of a kind, oldest first; what is erased cannot be among them. */
export function selectCases(
  store: QualityStore,
  bundles: readonly Bundle[],
  kind: CaseKind,
): FeedbackCase[] {
  return bundles.flatMap(({ manifest: { identity, findings } }) =>
    findings.flatMap(({ id: finding }) => {
      const said = store.reference.ofFinding(finding);
      const records = store.exams.ofExams({ model: identity.name, finding }, [...said.keys()]);
      const judged = joinTruth(records, said);
      return judged.flatMap((exam, at) => {
        const { studyUid = '' } = records[at] ?? {};
        if (studyUid === '' || !isVerified(exam)) return [];
        const isWanted = kinds[kind](exam.truth.label, exam.answer.flagged);
        return isWanted ? [{ studyUid, finding, exam }] : [];
      });
    }),
  );
}
