import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { Age } from '../age.ts';
import { visible } from '../identity.ts';
import { Identity } from '../row.ts';
import { useSay } from '../say.ts';

/** Whose exam it is, always in sight. */
export function Heading({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  return h(
    'header',
    { class: 'exam-heading' },
    h(
      'a',
      { class: 'button back', href: '/', 'aria-label': say('exam.back') },
      h('span', { 'aria-hidden': 'true' }, '‹ '),
      h('span', { class: 'back-word' }, say('exam.back')),
    ),
    h(Identity, { exam }),
    h(
      'p',
      { class: 'exam-what' },
      h('bdi', { class: 'what' }, whatOf(exam)),
      h('span', {}, say.count('list.images', exam.images)),
      h('span', {}, say.parts('list.arrived', { age: h(Age, { at: exam.receivedAt }) })),
      exam.urgent && h('span', { class: 'mark stat-mark' }, say('list.stat')),
      exam.late && h('span', { class: 'mark late-mark' }, say('list.late')),
      exam.demo && h('span', { class: 'mark demo-mark' }, say('list.demo')),
    ),
    exam.state === 'receiving' && h('p', { class: 'still', role: 'status' }, say('exam.receiving')),
  );
}

export function whatOf({ modality, description }: ExamView): string {
  return visible(`${modality} ${description}`).trim();
}
