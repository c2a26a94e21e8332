import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../source.ts';
import { Age } from './age.ts';
import { calendarDate, maskIdentity, personName, visible } from './identity.ts';
import { useLive } from './live.ts';
import { isUnseen, outcomeWords } from './outcome.ts';
import { useSay } from './say.ts';

/** The row of an exam. */
export function Row({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { seen } = useLive();
  const { kind, sign, title, note } = outcomeWords(exam, say);
  const look = isUnseen(exam, seen.value) ? 'unseen' : '';
  return h(
    'li',
    { class: `exam ${kind} ${look}`, 'data-id': exam.id },
    h(Thumbnail, { exam }),
    h('div', { class: 'shape', 'aria-hidden': 'true' }, h('span', {}, sign)),
    h(
      'div',
      { class: 'main' },
      h('h2', {}, title),
      note && h('p', { class: 'note' }, note),
      h(Identity, { exam }),
    ),
    h(Side, { exam }),
    h(Buttons, { exam }),
  );
}

function Thumbnail({ exam: { id, thumbnail } }: { exam: ExamView }): JSX.Element {
  const address = `/thumbnails/${encodeURIComponent(id)}?${encodeURIComponent(thumbnail)}`;
  const picture =
    thumbnail && h('img', { src: address, alt: '', loading: 'lazy', decoding: 'async' });
  return h('div', { class: 'thumbnail' }, picture);
}

/** Two independent identifiers and the birth date, so that a row is never taken for another patient's. */
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

function Side({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const what = visible(`${exam.modality} ${exam.description}`).trim();
  return h(
    'div',
    { class: 'side' },
    h(
      'p',
      { class: 'when' },
      h(Marks, { exam }),
      h(Age, { at: exam.receivedAt }),
      ` ${say('list.ago')}`,
    ),
    h('p', {}, h('bdi', {}, what), ` · ${say.count('list.images', exam.images)}`),
    h('p', {}, progressOf(exam, say)),
  );
}

function progressOf(
  { state, delivery, destination }: ExamView,
  say: ReturnType<typeof useSay>,
): string {
  const words = delivery === 'none' ? '' : say.code('list.delivery', delivery);
  const to = destination && ` (${visible(destination)})`;
  return [say.code('list.state', state), words + to].filter(Boolean).join(', ');
}

function Marks({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  return h(
    'span',
    { class: 'marks' },
    exam.urgent &&
      h('span', { class: 'mark stat-mark', title: visible(exam.urgent) }, say('list.stat')),
    exam.late &&
      h('span', { class: 'mark late-mark', title: say('list.late-note') }, say('list.late')),
    exam.demo && h('span', { class: 'mark demo-mark' }, say('list.demo')),
  );
}

const waiting: readonly ExamView['state'][] = ['receiving', 'complete', 'analysing'];

/** What can be done with one tap; everything else is on the exam's own page. */
function Buttons({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const live = useLive();
  const { id, outcomeId } = exam;
  const mayAct = live.shell.user?.permissions.includes('act') ?? false;
  const mayRaise = mayAct && !exam.urgent && waiting.includes(exam.state);
  return h(
    'div',
    { class: 'buttons' },
    mayAct &&
      isUnseen(exam, live.seen.value) &&
      h(
        'button',
        {
          type: 'button',
          'data-act': 'seen',
          onClick: () => void live.act({ kind: 'seen', examId: id, outcomeId }),
        },
        say('list.seen'),
      ),
    mayRaise &&
      h(
        'button',
        {
          type: 'button',
          'data-act': 'raise',
          onClick: () => void live.act({ kind: 'raise', examId: id }),
        },
        say('list.raise'),
      ),
    exam.state !== 'quarantined' &&
      h('a', { class: 'button', href: `/exams/${encodeURIComponent(id)}` }, say('list.open')),
  );
}
