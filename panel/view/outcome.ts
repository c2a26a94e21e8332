import type { ExamOutcome, ExamState, ExamView } from '../source.ts';
import { visible } from './identity.ts';
import type { Say } from './say.ts';

/** What a row looks like. Each kind has its own shape, word and colour; colour is never alone. */
export type OutcomeKind =
  'pending' | 'flagged' | 'withdrawn' | 'no-flag' | 'not-analysed' | 'quarantined';

/** How an outcome is said. This file is the only place that words what AI found. */
export interface OutcomeWords {
  kind: OutcomeKind;
  title: string;
  /** The part of the title that is in the model's own words, which are English; or empty. */
  what: string;
  note: string;
}

type Outcome = Pick<ExamView, 'state' | 'outcome'>;

export function kindOf({ state, outcome }: Outcome): OutcomeKind {
  if (state === 'quarantined') return 'quarantined';
  if (outcome.state === 'flagged' && outcome.withdrawn) return 'withdrawn';
  return outcome.state;
}

/** The words for an exam's outcome: a suspicion, the absence of a flag, or why there is no analysis. */
export function outcomeWords(exam: Outcome, say: Say): OutcomeWords {
  const kind = kindOf(exam);
  return { kind, what: '', ...wordsOf(exam.outcome, exam.state, kind, say) };
}

function wordsOf(outcome: ExamOutcome, state: ExamState, kind: OutcomeKind, say: Say) {
  if (outcome.state === 'flagged') return flagged(outcome, kind, say);
  if (outcome.state === 'no-flag') {
    const note = say.count('list.looked-for', outcome.findingsChecked);
    return { title: say('list.no-flag'), note };
  }
  if (outcome.state === 'pending') return { title: say.code('list.pending', state), note: '' };
  const reason = say.code('list.reason', outcome.reason);
  const title =
    kind === 'quarantined'
      ? say('list.kept-aside', { reason })
      : say('list.not-analysed', { reason });
  return { title, note: say('list.usual-order') };
}

function flagged(
  { labels, missed, secondLook }: ExamOutcome & { state: 'flagged' },
  kind: OutcomeKind,
  say: Say,
) {
  const what = labels.map((label) => visible(label).replace(/^suspected\s+/i, '')).join(', ');
  if (kind === 'withdrawn')
    return { what, title: say('list.withdrawn', { what }), note: say('list.withdrawn-note') };
  const title = what ? say('list.flagged', { what }) : say('list.flagged-for-review');
  const notes = [
    secondLook ? say('list.second-look') : '',
    missed ? say.count('list.missed', missed) : '',
  ];
  return { what, title, note: notes.filter(Boolean).join(' ') };
}

/** The list's filters, in the order of the tabs. The value of `show` in the address. */
export const tabs = ['look', 'all', 'not-analysed'] as const;

export type TabId = (typeof tabs)[number];

/** The tab that an address names; without one it is what there is to look at. */
export function chooseTab(show: unknown): TabId {
  return tabs.find((id) => id === show) ?? 'all';
}

const tabsOfKind: Record<OutcomeKind, readonly TabId[]> = {
  pending: ['all'],
  flagged: ['look', 'all'],
  withdrawn: ['all'],
  'no-flag': ['all'],
  'not-analysed': ['look', 'all', 'not-analysed'],
  quarantined: ['look', 'all', 'not-analysed'],
};

/** The tabs that list an exam. */
export function tabsOf(exam: Outcome): readonly TabId[] {
  return tabsOfKind[kindOf(exam)];
}

/** Whether a person has not yet said that they have seen what there is to look at. */
export function isUnseen(exam: ExamView, seen: ReadonlyMap<string, string>): boolean {
  return tabsOf(exam).includes('look') && seen.get(exam.id) !== exam.outcomeId;
}
