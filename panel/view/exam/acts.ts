import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { JSX } from 'preact';
import type { Act } from '../../act.ts';
import type { ExamView } from '../../source.ts';
import { useLive } from '../live.ts';
import { isUnseen } from '../outcome.ts';
import type { Say } from '../say.ts';
import { useSay } from '../say.ts';

const waiting: readonly ExamView['state'][] = ['receiving', 'complete', 'analysing'];

/** What can be done about the exam with one press. */
export function Acts({ exam }: { exam: ExamView }): JSX.Element | null {
  const say = useSay();
  const { shell, seen } = useLive();
  if (!shell.user?.permissions.includes('act')) return null;
  const { id: examId, outcomeId } = exam;
  const unseen = isUnseen(exam, seen.value);
  const { outcome } = exam;
  const badQuality = outcome.state === 'not-analysed' && outcome.reason === 'quality';
  return h(
    'section',
    { class: 'acts', 'aria-label': say('exam.acts') },
    unseen && h(ActButton, { act: { kind: 'seen', examId, outcomeId }, words: say('list.seen') }),
    badQuality &&
      !exam.repeatTaken &&
      h(ActButton, {
        act: { kind: 'repeat-taken', examId, outcomeId },
        words: say('exam.repeat-taken'),
      }),
    !exam.urgent &&
      waiting.includes(exam.state) &&
      h(ActButton, { act: { kind: 'raise', examId }, words: say('list.raise') }),
  );
}

function ActButton({ act, words }: { act: Act; words: string }): JSX.Element {
  const say = useSay();
  const live = useLive();
  const failure = useSignal('');
  const press = async () => {
    const answer = await live.act(act);
    failure.value = 'code' in answer ? failureWords(answer, say) : '';
  };
  return h(
    'div',
    {},
    h(
      'button',
      { type: 'button', class: 'button', 'data-act': act.kind, onClick: () => void press() },
      words,
    ),
    failure.value && h('p', { class: 'failure', role: 'alert' }, failure.value),
  );
}

function failureWords(answer: { code: string; error: string; remedy: string }, say: Say): string {
  if (answer.code === 'UNREACHABLE') return say('exam.not-reached');
  return say('exam.not-done', { error: answer.error, remedy: answer.remedy });
}
