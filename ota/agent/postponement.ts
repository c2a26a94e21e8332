import { ScansideError } from '../../device/errors.ts';
import type { Journal } from './journal.ts';

/** Milliseconds by which somebody at the device may put an exchange off, and how often one assignment. */
export const postponeMs = 2 * 3600_000;
export const mostPostponements = 3;
/** Milliseconds before its deadline from which on an exchange is not put off any more. */
const keptForExchange = 3600_000;

/** What can still be put off: an installation, until its model answers. Going back to what has proved itself cannot. */
export interface Postponement {
  /** How often it may still be put off; 0 where there is nothing, or no time for it. */
  left: number;
  /** Wall time until which it is put off now, milliseconds since 1970 UTC. */
  until?: number | undefined;
}

/** How the exchange that is on its way may be put off at `now`, milliseconds since 1970 UTC. */
export function postponementOf({ update, postponed }: Journal, now: number): Postponement {
  const state = update?.standing.state;
  if (update?.mode !== 'install' || state === 'trial' || state === 'returning') return { left: 0 };
  const own = postponed?.seq === update.seq ? postponed : undefined;
  const isLate = now >= update.until - keptForExchange;
  const left = isLate ? 0 : mostPostponements - (own?.count ?? 0);
  return { left, ...(own && now < own.until && { until: own.until }) };
}

/** The journal after somebody has put the exchange off. Throws ACT_REFUSED. */
export function postpone(journal: Journal, now: number): Journal {
  const { left } = postponementOf(journal, now);
  const { update } = journal;
  if (!update || left === 0)
    throw new ScansideError('ACT_REFUSED', 'no exchange of a model can be put off now');
  const until = Math.min(now + postponeMs, update.until - keptForExchange);
  const count = mostPostponements - left + 1;
  return { ...journal, postponed: { seq: update.seq, until, count } };
}
