import { isoInstant } from '../../device/clock.ts';
import { writeCsv } from '../../models/evaluation/csv.ts';
import { ageBand } from '../../models/evaluation/subgroup.ts';
import type { JudgedExam } from '../../quality/judged-exam.ts';
import type { ExamRecord } from '../../quality/store/exam-store.ts';

/** Columns by what a registry of AI results asks for: the answer, the report, how it was made, of whom. */
const columns = [
  'row',
  'month',
  'model',
  'model_version',
  'finding',
  'ai_result',
  'report_result',
  'report_source',
  'concordance',
  'modality',
  'scanner',
  'site',
  'age_band',
  'sex',
];

function aiResult({ answer }: JudgedExam): string {
  if (!('score' in answer)) return `not-analysed:${answer.reason}`;
  return answer.flagged ? 'flagged' : 'no-flag';
}

/** Whether AI and the report say the same; empty where one of them says nothing. */
function concordance({ answer, truth }: JudgedExam): string {
  if (!('score' in answer) || !truth) return '';
  return answer.flagged === (truth.label === 1) ? 'concordant' : 'discordant';
}

/**
 * The table that a registry such as ACR Assess-AI compares sites by: AI output beside what the report says, with model,
 * scanner and demographics. A row leads back to nobody: it has a number of this file alone, a month and an age band.
 */
export function writeRegistryTable(exams: readonly ExamRecord[]): string {
  return writeCsv(
    columns,
    exams.map((exam, at) => ({
      row: String(at + 1),
      month: isoInstant(exam.at).slice(0, 7),
      model: exam.model,
      model_version: exam.version,
      finding: exam.finding,
      ai_result: aiResult(exam),
      report_result: exam.truth ? (exam.truth.label === 1 ? 'present' : 'absent') : '',
      report_source: exam.truth?.source ?? '',
      concordance: concordance(exam),
      modality: exam.modality,
      scanner: exam.scanner,
      site: exam.site,
      age_band: ageBand(exam.age),
      sex: exam.sex,
    })),
  );
}
