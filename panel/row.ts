import { calendarDate, personName, visible } from './identity.ts';
import type { Markup, MarkupElement } from './markup.ts';
import type { ExamView } from './source.ts';
import { counted, outcomeWords, stateWords, tabsOf } from './words.ts';

/**
 * The row of an exam. `data-version` lets the browser keep the newer of two, `data-received` places the row,
 * `data-tabs` names the tabs that list it. `now`: wall time in milliseconds.
 */
export function examRow(exam: ExamView, now: number): MarkupElement {
  const { kind, sign, title, note } = outcomeWords(exam);
  const attributes = {
    class: `exam ${kind}`,
    'data-id': exam.id,
    'data-version': String(exam.version),
    'data-received': String(exam.receivedAt),
    'data-tabs': tabsOf(exam).join(' '),
  };
  const main = [
    'div',
    { class: 'main' },
    ['h2', {}, title],
    ...noteOf(note),
    identity(exam),
  ] as const;
  const shape = ['div', { class: 'shape', 'aria-hidden': 'true' }, ['span', {}, sign]] as const;
  return ['li', attributes, shape, main, side(exam, now)];
}

function noteOf(note: string): Markup[] {
  return note ? [['p', { class: 'note' }, note]] : [];
}

/** Two independent identifiers and the birth date, so that a row is never taken for another patient's. */
function identity(exam: ExamView): Markup {
  return [
    'p',
    { class: 'identity' },
    ['strong', {}, isolated(personName(exam.patientName))],
    labelled('ID', exam.patientId),
    labelled('born', calendarDate(exam.birthDate)),
    labelled('sex', exam.sex),
    labelled('acc', exam.accessionNumber),
  ];
}

function labelled(label: string, value: string): Markup {
  return ['span', {}, ['span', { class: 'label' }, `${label} `], isolated(visible(value) || '—')];
}

/** Text of either direction that cannot turn its neighbours around. */
function isolated(text: string): Markup {
  return ['bdi', {}, text];
}

function side(exam: ExamView, now: number): Markup {
  const what = visible(`${exam.modality} ${exam.description}`).trim();
  const progress = [stateWords[exam.state], exam.delivery].filter(Boolean).join(', ');
  const mark: Markup[] = [
    ...(exam.urgent ? [badge('stat-mark', 'STAT', exam.urgent)] : []),
    ...(exam.late ? [badge('late-mark', 'LATE', lateWords)] : []),
    ...(exam.demo ? [badge('demo-mark', 'DEMO MODEL', '')] : []),
  ];
  return [
    'div',
    { class: 'side' },
    ['p', { class: 'when' }, ...mark, age(exam.receivedAt, now), ' ago'],
    ['p', {}, isolated(what), ` · ${counted(exam.images, 'image')}`],
    ['p', {}, progress, ...raiseButton(exam)],
  ];
}

const lateWords = 'This result came later than it was wanted';

function badge(kind: string, text: string, title: string): Markup {
  return ['span', { class: kind, ...(title && { title: visible(title) }) }, text];
}

const waiting: readonly ExamView['state'][] = ['receiving', 'complete', 'analysing'];

/** For an exam that still waits; panel.js sends what it asks for. */
function raiseButton({ id, state, urgent }: ExamView): Markup[] {
  if (urgent || !waiting.includes(state)) return [];
  return [['button', { class: 'raise', type: 'button', 'data-raise': id }, 'Make STAT']];
}

/** A span that the browser keeps counting from `data-at`. */
export function age(at: number, now: number): Markup {
  return ['span', { class: 'age', 'data-at': String(at) }, formatAge(now - at)];
}

/** `mm:ss`, from an hour on `h:mm:ss`; never less than nothing. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
}
