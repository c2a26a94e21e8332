import type { ExamState, ExamView } from './source.ts';

/** What a row looks like. Each kind has its own shape, word and colour; colour is never alone. */
export type OutcomeKind = 'pending' | 'flagged' | 'no-flag' | 'not-analysed' | 'quarantined';

/** How an outcome is said. This table is the only place that words what AI found. */
export interface OutcomeWords {
  kind: OutcomeKind;
  /** The sign inside the shape. */
  sign: string;
  title: string;
  note: string;
}

const usualOrder = 'The radiologist will read it in the usual order.';

/** The words for an exam's outcome: a suspicion, the absence of a flag, or why there is no analysis. */
export function outcomeWords(exam: Pick<ExamView, 'state' | 'outcome'>): OutcomeWords {
  const { state, outcome } = exam;
  if (state === 'quarantined') return quarantined(outcome);
  if (outcome.state === 'flagged') return flagged(outcome.labels, outcome.missed);
  if (outcome.state === 'no-flag') return noFlag(outcome.findingsChecked);
  if (outcome.state === 'not-analysed') return notAnalysed(outcome.detail || outcome.reason);
  return { kind: 'pending', sign: '…', title: pendingTitles[state], note: '' };
}

const pendingTitles: Record<ExamState, string> = {
  receiving: 'Receiving images',
  complete: 'Waiting for AI',
  analysing: 'AI is looking at it',
  reported: 'Waiting for AI',
  delivered: 'Waiting for AI',
  committed: 'Waiting for AI',
  quarantined: 'Kept aside',
};

function flagged(labels: string[], missed: number): OutcomeWords {
  const suspicions = labels.map((label) => label.replace(/^suspected\s+/i, '')).join(', ');
  return {
    kind: 'flagged',
    sign: '!',
    title: suspicions ? `FLAGGED: suspected ${suspicions}` : 'FLAGGED for review',
    note: missed ? `${counted(missed, 'image')} of this exam not analysed.` : '',
  };
}

function noFlag(findingsChecked: number): OutcomeWords {
  return {
    kind: 'no-flag',
    sign: '–',
    title: 'No flag raised by AI. Not a negative finding.',
    note: `AI looked for ${counted(findingsChecked, 'kind')} of finding and nothing else.`,
  };
}

function notAnalysed(text: string): OutcomeWords {
  return { kind: 'not-analysed', sign: '?', title: `NOT ANALYSED: ${text}`, note: usualOrder };
}

function quarantined(outcome: ExamView['outcome']): OutcomeWords {
  const why = outcome.state === 'not-analysed' ? outcome.detail : 'The object cannot be read';
  return {
    kind: 'quarantined',
    sign: '!',
    title: `NOT ANALYSED, KEPT ASIDE: ${why}`,
    note: usualOrder,
  };
}

/** `1 image`, `2 images`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How far the exam has come, for the side of a row. */
export const stateWords: Record<ExamState, string> = {
  receiving: 'Receiving',
  complete: 'Received',
  analysing: 'In analysis',
  reported: 'Reported',
  delivered: 'Sent to PACS',
  committed: 'Stored in PACS',
  quarantined: 'In quarantine',
};

export const demoNotice = 'DEMONSTRATION MODEL - NOT FOR CLINICAL USE';

/** The list's filters, in the order of the tabs. `id` is the value of `show` in the address. */
export const tabs = [
  {
    id: 'look',
    title: 'To look at',
    empty: 'No exam listed here so far. Exams that AI has not finished may still be flagged.',
  },
  { id: 'all', title: 'All today', empty: 'No exam has come from the scanner so far.' },
  { id: 'not-analysed', title: 'Not analysed', empty: 'No exam was left out by AI so far.' },
] as const;

export type TabId = (typeof tabs)[number]['id'];

/** The tab that an address names; without one it is all of today. */
export function chooseTab(show: unknown): TabId {
  return tabs.find(({ id }) => id === show)?.id ?? 'all';
}

const tabsOfKind: Record<OutcomeKind, TabId[]> = {
  pending: ['all'],
  flagged: ['look', 'all'],
  'no-flag': ['all'],
  'not-analysed': ['look', 'all', 'not-analysed'],
  quarantined: ['look', 'all', 'not-analysed'],
};

/** The tabs that list an exam. */
export function tabsOf(exam: Pick<ExamView, 'state' | 'outcome'>): TabId[] {
  return tabsOfKind[outcomeWords(exam).kind];
}

/** How many exams each tab lists, as text. Never "0": while exams wait it would read as an answer. */
export function tabCounts(exams: ExamView[]): Record<TabId, string> {
  const count = (tab: TabId) => {
    const listed = exams.filter((exam) => tabsOf(exam).includes(tab)).length;
    return listed ? String(listed) : '';
  };
  return { look: count('look'), all: count('all'), 'not-analysed': count('not-analysed') };
}
