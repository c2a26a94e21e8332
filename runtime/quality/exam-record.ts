import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion, InstanceResult } from '../../models/outcome.ts';
import type { ExamNames } from '../../quality/exam-name.ts';
import type { Answer } from '../../quality/judged-exam.ts';
import type { Observation } from '../../quality/signal.ts';
import type { ExamRecord } from '../../quality/store/exam-store.ts';
import type { StreamExam } from '../../quality/stream-watch.ts';
import type { Instance } from '../spool/instance.ts';
import type { Result, Study } from '../spool/study-ledger.ts';
import { flaggedFindings } from '../study/conclusion.ts';

/** One result of a model with all that it is of. */
export interface Observed {
  result: Result;
  bundle: Bundle;
  study: Study;
  /** The images that it covers; at least one. */
  instances: readonly Instance[];
  /** What the model said of each image, by SOP Instance UID. */
  answers: ReadonlyMap<string, InstanceResult>;
}

/** Years as DICOM writes an age (PS3.5, AS). */
function ageText(years: number | undefined): string {
  return years === undefined ? '' : `${String(Math.min(999, years)).padStart(3, '0')}Y`;
}

/** What a conclusion says of one finding. */
export function answerOf(conclusion: Conclusion, finding: string): Answer {
  if (conclusion.state === 'not-analysed') return { reason: conclusion.reason };
  const said = conclusion.findings.find((each) => each.finding === finding);
  return said ? { score: said.probability, flagged: said.flagged } : { reason: 'unreadable' };
}

/** What is kept of a result for figures: one record for each finding of the model. */
export function recordsOf(
  { result, bundle, study, instances }: Observed,
  names: ExamNames,
  site: string,
): ExamRecord[] {
  const { studyUid, identity } = study;
  const { name, version } = bundle.manifest.identity;
  const facts = instances[0]?.facts;
  return bundle.manifest.findings.map(({ id }) => ({
    exam: names.exam(studyUid),
    model: name,
    finding: id,
    version,
    studyUid,
    accession: names.accession(identity.accessionNumber),
    patient: names.patient(identity.patientId, studyUid),
    at: result.at,
    modality: facts?.modality ?? '',
    scanner: facts?.sending.callingAeTitle ?? '',
    site,
    age: ageText(facts?.ageYears),
    sex: identity.sex,
    answer: answerOf(result.conclusion, id),
  }));
}

/** The exam as the watch over the model's input counts it; undefined where it says nothing of that. */
export function streamExamOf({ result, instances, answers }: Observed): StreamExam | undefined {
  const { conclusion } = result;
  if (conclusion.state === 'not-analysed')
    return conclusion.reason === 'outside-validated-domain' ? { outside: true } : undefined;
  const scores = conclusion.findings.map(({ finding, probability }) => [
    `score.${finding}`,
    probability,
  ]);
  return {
    outside: false,
    flagged: flaggedFindings(conclusion).length > 0,
    observation: {
      ...Object.fromEntries(scores),
      ...acquisitionOf(instances),
      ...meanSignals(instances, answers),
    },
  };
}

/** What the images look like, each signal as the mean of those that have it. */
function meanSignals(
  instances: readonly Instance[],
  answers: Observed['answers'],
): Record<string, number> {
  const all = instances.flatMap(({ sopInstanceUid }) => {
    const answer = answers.get(sopInstanceUid);
    return answer?.state === 'analysed' ? Object.entries(answer.signals ?? {}) : [];
  });
  const byName = Map.groupBy(all, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, values]) => [
      name,
      values.reduce((sum, [, value]) => sum + value, 0) / values.length,
    ]),
  );
}

/** How the first of the images was taken; an exam of one scanner is taken alike. */
function acquisitionOf([first]: readonly Instance[]): Observation {
  if (!first) return {};
  const { kvp, exposure, sliceThickness, rows, photometric, viewPosition } = first.facts;
  return {
    kvp,
    exposure: exposure !== undefined && exposure > 0 ? Math.log10(exposure) : undefined,
    'slice-thickness': sliceThickness,
    rows,
    photometric,
    view: viewPosition || undefined,
  };
}
