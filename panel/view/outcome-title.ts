import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import type { ExamView } from '../source.ts';
import { outcomeWords } from './outcome.ts';
import { useSay } from './say.ts';

/** The words for an exam's outcome, of which the model's own are marked as the English that they are. */
export function OutcomeTitle({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const { title, what } = outcomeWords(exam, say);
  return h('span', {}, say.language === 'en' ? title : markEnglish(title, what));
}

function markEnglish(title: string, what: string): ComponentChildren {
  const at = what ? title.indexOf(what) : -1;
  if (at < 0) return title;
  const english = h('bdi', { lang: 'en' }, what);
  return [title.slice(0, at), english, title.slice(at + what.length)];
}
