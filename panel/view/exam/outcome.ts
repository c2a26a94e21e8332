import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { outcomeWords } from '../outcome.ts';
import { OutcomeTitle } from '../outcome-title.ts';
import { useSay } from '../say.ts';
import { Shape } from '../shape.ts';

/** What AI has to say, in the words and the shape of the list. */
export function Outcome({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { kind, note } = outcomeWords(exam, say);
  return h(
    'section',
    { class: `outcome ${kind}`, 'aria-label': say('exam.outcome'), 'aria-live': 'polite' },
    h(Shape, { kind }),
    h(
      'div',
      {},
      h('h2', {}, h(OutcomeTitle, { exam })),
      note && h('p', { class: 'note' }, note),
      exam.profile === 'research' && h('p', { class: 'mark research-mark' }, say('exam.research')),
    ),
  );
}
