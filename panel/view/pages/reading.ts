import { h } from 'preact';
import type { JSX } from 'preact';
import { readingAnswers } from '../../act.ts';
import type { ReadingExam } from '../../quality-view.ts';
import { TroubleNote } from '../acts/act-button.ts';
import { perform } from '../acts/acting.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

export interface ReadingPage {
  exams: ReadingExam[];
}

/** The work list of a reader who must not know what AI said: how to find each exam, and what to say of it. */
export function ReadingView({ exams }: ReadingPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'reading-page' },
    h('h2', {}, say('quality.reading')),
    h('p', {}, say('quality.reading-how')),
    h(TroubleNote, { of: { kind: 'read-exam' } }),
    exams.length === 0 && h('p', { class: 'quality-state' }, say('quality.nothing-to-read')),
    exams.map((exam) => h(Exam, { key: exam.id, exam })),
  );
}

function Exam({ exam }: { exam: ReadingExam }): JSX.Element {
  const say = useSay();
  const masked = useLive().masked.value;
  const shown = (text: string) => (masked ? '•••' : visible(text) || '—');
  const facts: [string, string][] = [
    [say('list.accession'), shown(exam.accessionNumber)],
    [say('list.id'), shown(exam.patientId)],
    [say('quality.when'), say.day(exam.receivedAt)],
  ];
  return h(
    'article',
    { class: 'model', 'data-exam': exam.id },
    h('h3', {}, visible(exam.modality) || '—'),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([term, text]) =>
        h('div', { key: term }, h('dt', {}, term), h('dd', {}, h('bdi', {}, text))),
      ),
    ),
    exam.findings.map((finding) => h(Question, { key: finding.id, exam: exam.id, finding })),
  );
}

function Question({
  exam,
  finding,
}: {
  exam: string;
  finding: ReadingExam['findings'][number];
}): JSX.Element {
  const say = useSay();
  const live = useLive();
  const answer = async (said: (typeof readingAnswers)[number]) => {
    const act = { kind: 'read-exam', exam, finding: finding.id, answer: said } as const;
    if (await perform(live, act)) globalThis.location.reload();
  };
  const what = visible(finding.label.replace(/^suspected\s+/i, ''));
  return h(
    'fieldset',
    {},
    h('legend', {}, what),
    finding.decides && h('p', {}, say('quality.decides')),
    h(
      'div',
      { class: 'choices' },
      readingAnswers.map((said) =>
        h(
          'button',
          { key: said, type: 'button', 'data-answer': said, onClick: () => void answer(said) },
          say.code('quality.answer', said),
        ),
      ),
    ),
  );
}
