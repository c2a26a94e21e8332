import { z } from 'zod';
import type { Act } from './act.ts';
import {
  disagreeReasons,
  longestNote,
  pauseReasons,
  readingAnswers,
  releaseReasons,
  stopReasons,
  withdrawReasons,
} from './act.ts';

const examId = z.string().min(1).max(200);
const outcomeId = z.string().max(200);
const model = z.string().min(1).max(40);
const note = z.string().max(longestNote).default('');

const act = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seen'), examId, outcomeId }),
  z.object({ kind: z.literal('unseen'), examId }),
  z.object({ kind: z.literal('agree'), examId, outcomeId }),
  z.object({
    kind: z.literal('disagree'),
    examId,
    outcomeId,
    reason: z.enum(disagreeReasons),
    note,
  }),
  z.object({ kind: z.literal('retract'), examId, actId: z.string().max(100) }),
  z.object({
    kind: z.literal('withdraw'),
    examId,
    outcomeId,
    reason: z.enum(withdrawReasons),
    note,
  }),
  z.object({ kind: z.literal('repeat-taken'), examId, outcomeId }),
  z.object({ kind: z.literal('raise'), examId }),
  z.object({ kind: z.literal('pause'), reason: z.enum(pauseReasons) }),
  z.object({ kind: z.literal('resume') }),
  z.object({ kind: z.literal('postpone-update') }),
  z.object({
    kind: z.literal('read-exam'),
    exam: z.string().min(1).max(64),
    finding: z.string().min(1).max(32),
    answer: z.enum(readingAnswers),
  }),
  z.object({ kind: z.literal('release-model'), model, reason: z.enum(releaseReasons) }),
  z.object({ kind: z.literal('stop-model'), model, reason: z.enum(stopReasons) }),
]);

/** An act out of what a page sent, or undefined where it has not the form of one. */
export function readAct(value: unknown): Act | undefined {
  return act.safeParse(value).data;
}
