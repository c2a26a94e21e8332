import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamDetail } from '../../exam-detail.ts';
import { Acts } from '../exam/acts.ts';
import { Basis } from '../exam/basis.ts';
import type { ExamAnswer } from '../exam/exam-port.ts';
import { newestDetail } from '../exam/exam-port.ts';
import { Heading } from '../exam/heading.ts';
import { Outcome } from '../exam/outcome.ts';
import { Picture } from '../exam/picture.ts';
import { People, Timeline } from '../exam/timeline.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

export interface ExamPage extends ExamAnswer {
  id: string;
}

/** One exam: its image, what AI has to say of it and what may be known of that. */
export function ExamPageView(): JSX.Element {
  const say = useSay();
  const { exam: port, exams } = useLive();
  const detail = port?.detail.value;
  if (!port || !detail) return h(Nothing, { title: say('exam.gone'), note: say('exam.gone-note') });
  if (detail.exam.id !== port.id)
    return h(Nothing, { title: say('exam.mismatch'), note: say('exam.mismatch-note') });
  return h(Whole, { detail: newestDetail(detail, exams.value.get(port.id)) });
}

function Whole({ detail }: { detail: ExamDetail }): JSX.Element {
  return h(
    'article',
    { class: 'exam-page' },
    h(Heading, { exam: detail.exam }),
    h(Picture, { detail }),
    h(
      'div',
      { class: 'exam-side' },
      h(Outcome, { exam: detail.exam }),
      h(Acts, { exam: detail.exam }),
      h(Basis, { detail }),
      h(Timeline, { detail }),
      h(People, { detail }),
    ),
  );
}

/** In the place of an exam that must not or cannot be shown. */
function Nothing({ title, note }: { title: string; note: string }): JSX.Element {
  return h(
    'section',
    { class: 'plain-page', role: 'alert' },
    h('h2', {}, title),
    h('p', {}, note),
    h('a', { class: 'button', href: '/' }, useSay()('frame.to-list')),
  );
}
