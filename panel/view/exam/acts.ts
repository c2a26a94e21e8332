import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { ExamActs } from '../acts/exam-acts.ts';
import { useSay } from '../say.ts';

/** What can be done about the exam. */
export function Acts({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'acts', 'aria-label': say('exam.acts') },
    h(ExamActs, { exam, where: 'exam' }),
  );
}
