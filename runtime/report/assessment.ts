import type { Code, Finding } from '../../models/manifest.ts';
import {
  type Conclusion,
  type NotAnalysedReason,
  type Seen,
  type Withdrawal,
  notAnalysedReasons,
} from '../../models/outcome.ts';
import { dcm, sct } from './code.ts';
import { qualityIssueCodes } from './quality-issue.ts';
import type { ReportRequest } from './request.ts';
import { actionableCategory } from './urgency.ts';
import { type WithdrawalCodes, withdrawalCodes, withdrawalSentence } from './withdrawal.ts';

/** A conclusion in the words of DICOM. */
export interface Assessment {
  /** CID 6047 CAD Processing and Findings Summary. */
  summary: Code;
  /** What keeps the document from being complete (Completion Flag PARTIAL); at most 64 characters. */
  incomplete: string | undefined;
  presences: { finding: Finding; presence: Code }[];
  /** CID 220, of a flag and of what stays open: what was not found is not called insignificant. */
  significance: Code | undefined;
  /** CID 7035, of a flag. */
  recommendation: Code | undefined;
  /** CID 6042: why nothing was analysed. */
  analyses: Code | undefined;
  /** CID 7011: why the image was rejected, where that is known and the bundle may give such hints. */
  quality: Code | undefined;
  /** Of a flag that a person has taken back. */
  withdrawal: WithdrawalCodes | undefined;
  comment: string;
}

const present = sct('52101004', 'Present');
const absent = sct('272519000', 'Absent');
const undetermined = dcm('121059', 'Presence Undetermined');

const summaries = {
  allWith: dcm('111242', 'All algorithms succeeded; with findings'),
  allWithout: dcm('111241', 'All algorithms succeeded; without findings'),
  someWith: dcm('111244', 'Not all algorithms succeeded; with findings'),
  someWithout: dcm('111243', 'Not all algorithms succeeded; without findings'),
  none: dcm('111245', 'No algorithms succeeded; without findings'),
};

const significance = {
  high: sct('371926006', 'Highly significant'),
  undetermined: sct('386135008', 'Significance Undetermined'),
};

const failed = dcm('111224', 'Failed');
const notAttempted = dcm('111225', 'Not Attempted');

/** Whether an analysis was begun and failed, or never attempted. */
const analysesByReason: Record<NotAnalysedReason, Code> = {
  'out-of-scope': notAttempted,
  'unsupported-syntax': notAttempted,
  unreadable: notAttempted,
  quality: notAttempted,
  paused: notAttempted,
  'outside-validated-domain': failed,
  uncertain: failed,
  'patient-mismatch': notAttempted,
  'conflicting-images': notAttempted,
  timeout: failed,
  'model-fault': failed,
  unwritable: failed,
  'drift-fallback': notAttempted,
};

const partly = 'Not every applicable image was analysed';
const afterWithdrawal = 'A person had withdrawn the flag of an earlier result on this exam.';
const secondLook = 'This device trusts the model less than before: look at the flag twice.';
const noNegative = 'Absence of a flag is not a negative result.';
const deviceNotice = 'Automatic message of a device. Not reviewed by a physician.';

/** Puts a conclusion into coded words. The detail of a failure stays on the device: it may name what is not of this study. */
export function assess(request: ReportRequest): Assessment {
  const { conclusion, manifest, withdrawal, isAfterWithdrawal } = request;
  const findings = manifest?.findings ?? [];
  const general = manifest?.labelling.notice ?? deviceNotice;
  const notice = isAfterWithdrawal ? sentences(general, afterWithdrawal) : general;
  if (withdrawal && conclusion.state === 'flagged')
    return assessWithdrawn(conclusion, withdrawal, findings, notice);
  if (conclusion.state !== 'not-analysed') return assessAnalysed(conclusion, findings, notice);
  if (conclusion.seen) return assessOpen(conclusion.reason, findings, notice);
  const { quality, ...assessment } = assessNotAnalysed(conclusion, findings, notice);
  return { ...assessment, quality: manifest?.show.qualityHint ? quality : undefined };
}

/** What a conclusion rests on, even where it is no answer; undefined where nothing was analysed. */
export function seenIn(conclusion: Conclusion): Seen | undefined {
  return conclusion.state === 'not-analysed' ? conclusion.seen : conclusion;
}

type Analysed = Exclude<Conclusion, { state: 'not-analysed' }>;
type NotAnalysed = Extract<Conclusion, { state: 'not-analysed' }>;

function assessAnalysed(conclusion: Analysed, findings: Finding[], notice: string): Assessment {
  const reached = new Set(
    conclusion.findings.filter((each) => each.flagged).map(({ finding }) => finding),
  );
  const flagged = findings.some(({ id }) => reached.has(id));
  const complete = conclusion.missed.length === 0;
  const otherwise = complete ? absent : undetermined;
  return {
    summary: summaryOf(complete, flagged),
    incomplete: complete ? undefined : partly,
    presences: findings.map((finding) => ({
      finding,
      presence: reached.has(finding.id) ? present : otherwise,
    })),
    significance: flagged ? significance.high : undefined,
    recommendation: actionableCategory(findings, conclusion.findings),
    analyses: undefined,
    quality: undefined,
    withdrawal: undefined,
    comment: sentences(
      notice,
      missedSentence(conclusion),
      conclusion.secondLook ? secondLook : '',
      flagged ? '' : noNegative,
    ),
  };
}

/** What the model said stays said; what it means is open again, and nothing is urgent. */
function assessWithdrawn(
  conclusion: Analysed,
  withdrawal: Withdrawal,
  findings: Finding[],
  notice: string,
): Assessment {
  const complete = conclusion.missed.length === 0;
  return {
    summary: summaryOf(complete, true),
    incomplete: complete ? undefined : partly,
    presences: findings.map((finding) => ({ finding, presence: undetermined })),
    significance: significance.undetermined,
    recommendation: undefined,
    analyses: undefined,
    quality: undefined,
    withdrawal: withdrawalCodes(withdrawal),
    comment: sentences(
      notice,
      withdrawalSentence(withdrawal),
      missedSentence(conclusion),
      noNegative,
    ),
  };
}

/** Everything was analysed and the answer is left open: the grey zone. */
function assessOpen(reason: NotAnalysedReason, findings: Finding[], notice: string): Assessment {
  return {
    summary: summaries.allWithout,
    incomplete: undefined,
    presences: findings.map((finding) => ({ finding, presence: undetermined })),
    significance: significance.undetermined,
    recommendation: undefined,
    analyses: undefined,
    quality: undefined,
    withdrawal: undefined,
    comment: sentences(notice, `Undetermined: ${notAnalysedReasons[reason]}.`, noNegative),
  };
}

function assessNotAnalysed(
  { reason, quality }: NotAnalysed,
  findings: Finding[],
  notice: string,
): Assessment {
  return {
    summary: summaries.none,
    incomplete: notAnalysedReasons[reason],
    presences: findings.map((finding) => ({ finding, presence: undetermined })),
    significance: undefined,
    recommendation: undefined,
    analyses: analysesByReason[reason],
    quality: quality && qualityIssueCodes[quality],
    withdrawal: undefined,
    comment: sentences(notice, `Not analysed: ${notAnalysedReasons[reason]}.`, noNegative),
  };
}

function summaryOf(complete: boolean, findings: boolean): Code {
  if (complete) return findings ? summaries.allWith : summaries.allWithout;
  return findings ? summaries.someWith : summaries.someWithout;
}

function missedSentence({ analysed, missed }: Analysed): string {
  if (missed.length === 0) return '';
  return `Applicable images not analysed: ${missed.length} of ${analysed.length + missed.length}.`;
}

function sentences(...all: string[]): string {
  return all.filter((sentence) => sentence !== '').join(' ');
}
