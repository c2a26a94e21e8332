import { joinTruth } from '../../quality/reference-standard.ts';
import { compareShadow, type ShadowComparison } from '../../quality/shadow-comparison.ts';
import type { ShadowExam } from '../../quality/shadow-exam.ts';
import {
  compareWithTruth,
  type KnownTruth,
  type LabelledComparison,
} from '../../quality/shadow-truth.ts';
import { judgeShadow, type ShadowJudgement } from '../../quality/shadow-verdict.ts';
import type { ShadowRun } from '../../quality/store/shadow-store.ts';
import type { QualityStore } from './quality-store.ts';

/** How a comparison stands. For whoever makes or rolls out models; nobody who treats patients sees it. */
export interface ShadowReport {
  run: ShadowRun;
  /** Since it began. */
  hours: number;
  comparison: ShadowComparison;
  /** Against the reference standard, of each finding that both look for. */
  labelled: LabelledComparison[];
  judgement: ShadowJudgement;
}

type Stores = Pick<QualityStore, 'shadow' | 'reference' | 'exams'>;

const hourMs = 3600_000;

/** Reads all pairs of a comparison; `now` is wall time, milliseconds since 1970. */
export function reportShadow(store: Stores, run: ShadowRun, now: number): ShadowReport {
  const exams = store.shadow.exams(run.model);
  const comparison = compareShadow(exams);
  const labelled = Object.entries(run.thresholds).map(([finding, thresholds]) =>
    compareWithTruth(exams, truthOf(store, run.model, finding, exams), finding, thresholds),
  );
  const hours = Math.max(0, (now - run.begunAt) / hourMs);
  const verdicts = labelled.flatMap(({ comparison: known }) => known?.verdict ?? []);
  const judgement = judgeShadow(run.gate, comparison, hours, verdicts);
  return { run, hours, comparison, labelled, judgement };
}

/** What is known of these exams. */
function truthOf(
  { reference, exams }: Stores,
  model: string,
  finding: string,
  pairs: readonly ShadowExam[],
): Map<string, KnownTruth> {
  const said = reference.ofFinding(finding);
  const names = pairs.map(({ exam }) => exam).filter((exam) => said.has(exam));
  const known = joinTruth(exams.ofExams({ model, finding }, names), said);
  return new Map(
    known.flatMap(({ exam, patient, truth }) =>
      truth ? [[exam, { label: truth.label, patient }]] : [],
    ),
  );
}
