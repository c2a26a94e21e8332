import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { outcomeWords } from '../outcome.ts';
import { useSay } from '../say.ts';

/** What AI has to say, in the words and the shape of the list. */
export function Outcome({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { kind, sign, title, note } = outcomeWords(exam, say);
  return h(
    'section',
    { class: `outcome ${kind}`, 'aria-label': say('exam.outcome'), 'aria-live': 'polite' },
    h('div', { class: 'shape', 'aria-hidden': 'true' }, h('span', {}, sign)),
    h(
      'div',
      {},
      h('h2', {}, title),
      note && h('p', { class: 'note' }, note),
      exam.profile === 'research' && h('p', { class: 'mark research-mark' }, say('exam.research')),
    ),
  );
}
