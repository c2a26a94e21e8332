import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../source.ts';
import { ExamActs } from './acts/exam-acts.ts';
import { Age } from './age.ts';
import { calendarDate, maskIdentity, personName, visible } from './identity.ts';
import { useLive } from './live.ts';
import { isUnseen, kindOf, outcomeWords, tabsOf } from './outcome.ts';
import { OutcomeTitle } from './outcome-title.ts';
import type { Say } from './say.ts';
import { useSay } from './say.ts';
import { Shape } from './shape.ts';

/** The card of an exam. */
export function Row({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { seen } = useLive();
  const { kind, note } = outcomeWords(exam, say);
  const isSeen = tabsOf(exam).includes('look') && !isUnseen(exam, seen.value);
  return h(
    'li',
    {
      class: `exam ${kind} ${isSeen ? 'seen' : ''}`,
      'data-id': exam.id,
      // What was really on the screen is told by this (who was shown what).
      'data-outcome': exam.outcome.state === 'pending' ? undefined : exam.outcomeId,
    },
    h(Thumbnail, { exam }),
    h(Shape, { kind }),
    h(
      'div',
      { class: 'main' },
      h('h2', {}, h(OutcomeTitle, { exam })),
      h(Priority, { exam }),
      note && h('p', { class: 'note' }, note),
      h(Detail, { exam }),
      h(Identity, { exam }),
    ),
    h(Side, { exam, isSeen }),
    h(ExamActs, { exam, where: 'list' }, h(Open, { exam })),
  );
}

function addressOf({ id }: ExamView): string {
  return `/exams/${encodeURIComponent(id)}`;
}

/**
 * The picture as the scanner made it, never with a mark of AI; while there is none, as much of the modality as has room.
 * It stands in full beside it.
 */
function Thumbnail({ exam }: { exam: ExamView }): JSX.Element {
  const { id, thumbnail, modality } = exam;
  const address = `/thumbnails/${encodeURIComponent(id)}?${encodeURIComponent(thumbnail)}`;
  const picture = thumbnail
    ? h('img', { src: address, alt: '', loading: 'lazy', decoding: 'async' })
    : visible(modality).slice(0, 4);
  return h('div', { class: 'thumbnail', 'aria-hidden': 'true' }, picture);
}

function Open({ exam }: { exam: ExamView }): JSX.Element | null {
  const say = useSay();
  if (exam.state === 'quarantined') return null;
  return h('a', { class: 'button', href: addressOf(exam) }, say('list.open'));
}

/** Of a flag: whether the radiologist's side has it already. */
function Priority({ exam }: { exam: ExamView }): JSX.Element | null {
  const say = useSay();
  const { outcome, deliveredAt } = exam;
  if (outcome.state !== 'flagged' || outcome.withdrawn) return null;
  const line =
    deliveredAt === undefined
      ? deliveryOf(exam, say)
      : say('list.priority-sent', { at: say.time(deliveredAt) });
  return line ? h('p', { class: 'note priority-line' }, line) : null;
}

/** What more the server knows of why there is no analysis; it is English. */
function Detail({ exam: { outcome } }: { exam: ExamView }): JSX.Element | null {
  if (outcome.state !== 'not-analysed' || outcome.reason !== 'quality' || !outcome.detail)
    return null;
  return h('p', { class: 'detail', lang: 'en' }, `“${visible(outcome.detail)}”`);
}

/** Two independent identifiers and the birth date, so that a card is never taken for another patient's. */
export function Identity({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { masked } = useLive();
  const shown = masked.value ? maskIdentity(exam) : exam;
  return h(
    'p',
    { class: 'identity' },
    h('strong', {}, h('bdi', {}, personName(shown.patientName) || say('list.no-name'))),
    h(Labelled, { label: say('list.id'), value: shown.patientId }),
    h(Labelled, { label: say('list.born'), value: calendarDate(shown.birthDate) }),
    h(Labelled, { label: say('list.sex'), value: shown.sex }),
    h(Labelled, { label: say('list.accession'), value: shown.accessionNumber }),
  );
}

/** Text of either direction that cannot turn its neighbours around. */
function Labelled({ label, value }: { label: string; value: string }): JSX.Element {
  return h(
    'span',
    {},
    h('span', { class: 'label' }, `${label} `),
    h('bdi', {}, visible(value) || '—'),
  );
}

function Side({ exam, isSeen }: { exam: ExamView; isSeen: boolean }): JSX.Element {
  const say = useSay();
  const what = visible(`${exam.modality} ${exam.description}`).trim();
  return h(
    'div',
    { class: 'side' },
    h(
      'p',
      { class: 'when' },
      h(Marks, { exam, isSeen }),
      h('span', {}, say.parts('list.arrived', { age: h(Age, { at: exam.receivedAt }) })),
    ),
    h('p', { class: 'what' }, h('bdi', {}, what), ` · ${say.count('list.images', exam.images)}`),
    h('p', {}, progressOf(exam, say)),
  );
}

/** How far an exam is. What the title or the line of its priority says already is not said again. */
function progressOf(exam: ExamView, say: Say): string {
  const kind = kindOf(exam);
  if (kind === 'pending') return '';
  const state = say.code('list.state', exam.state);
  return kind === 'flagged' ? state : [state, deliveryOf(exam, say)].filter(Boolean).join(', ');
}

function deliveryOf({ delivery, destination }: ExamView, say: Say): string {
  if (delivery === 'none') return '';
  const to = destination && ` (${visible(destination)})`;
  return say.code('list.delivery', delivery) + to;
}

function Marks({ exam, isSeen }: { exam: ExamView; isSeen: boolean }): JSX.Element {
  const say = useSay();
  const mark = (shown: boolean, name: string, text: string, title?: string) =>
    shown && h('span', { class: `mark ${name}-mark`, title }, text);
  return h(
    'span',
    { class: 'marks' },
    mark(exam.urgent !== '', 'stat', say('list.stat'), visible(exam.urgent)),
    mark(exam.late, 'late', say('list.late'), say('list.late-note')),
    mark(exam.repeatTaken, 'repeat', say('acts.repeat-taken')),
    mark(isSeen, 'seen', say('list.seen')),
    mark(exam.demo, 'demo', say('list.demo')),
  );
}
