import { createHash } from 'node:crypto';

/** How likely an exam is drawn for an audit, by what the model said; each from 0 to 1. */
export interface AuditPlan {
  /** Keeps anybody from knowing beforehand what will be drawn. The same for all exams of a device, never changed. */
  secret: string;
  /** Share of the exams without a flag. */
  unflagged: number;
  /** Share of those whose probability lies just below the threshold: misses are met there more often. */
  doubtful: number;
  /** Lowest probability of a doubtful exam. */
  doubtfulFrom: number;
  /** Share of the exams with a flag; 1 where each of them gets a report anyway. */
  flagged: number;
}

/** Whether an exam was drawn, and with which probability: its weight is the inverse. */
export interface AuditDraw {
  drawn: boolean;
  probability: number;
}

/** A number in [0, 1) that is an exam's own for good. */
function lot(secret: string, exam: string): number {
  const digest = createHash('sha256').update(`${secret}\n${exam}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * Decides for one exam. It always decides the same for the same exam, so that doing it twice, or after a restart, draws
 * nothing anew; raising a share only adds exams.
 */
export function drawForAudit(
  plan: AuditPlan,
  exam: string,
  answer: { score: number; flagged: boolean },
): AuditDraw {
  const unflagged = answer.score >= plan.doubtfulFrom ? plan.doubtful : plan.unflagged;
  const probability = answer.flagged ? plan.flagged : unflagged;
  return { drawn: lot(plan.secret, exam) < probability, probability };
}

/** How many audits of exams without a flag it takes, on average, to meet one miss. */
export function auditsPerMiss(
  prevalence: number,
  sensitivity: number,
  specificity: number,
): number {
  const missed = prevalence * (1 - sensitivity);
  return (missed + (1 - prevalence) * specificity) / missed;
}
