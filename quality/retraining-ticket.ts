import type { SensitivityVerdict, WatchReason } from './sensitivity-watch.ts';

/** Says that a model needs retraining, and why. Counts only: no exam, no patient. */
export interface RetrainingTicket {
  model: string;
  version: string;
  finding: string;
  /** Milliseconds since 1970 from which on the charts count; with the three above it names the ticket. */
  since: number;
  reasons: WatchReason[];
  positives: number;
  hits: number;
}

/** The ticket of an alarm; the same alarm judged again gives a ticket of the same name. No alarm: no ticket. */
export function ticketOf(
  verdict: SensitivityVerdict,
  of: Pick<RetrainingTicket, 'model' | 'version' | 'finding' | 'since'>,
): RetrainingTicket | undefined {
  if (verdict.level !== 'alarm') return undefined;
  const { positives, hits } = verdict.period;
  return { ...of, reasons: verdict.reasons, positives, hits };
}
