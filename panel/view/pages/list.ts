import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { undoable } from '../acts/acting.ts';
import type { Live } from '../live.ts';
import { useLive } from '../live.ts';
import { isUnseen, tabsOf } from '../outcome.ts';
import type { TabId } from '../outcome.ts';
import { Row } from '../row.ts';
import { useSay } from '../say.ts';

export interface ListPage {
  show: TabId;
}

/** The list of exams, newest first. */
export function ListView({ show }: ListPage): JSX.Element {
  const say = useSay();
  const exams = listed(useLive(), show);
  return h(
    'section',
    { class: 'list-page', 'aria-label': say.code('list.tab', show) },
    exams.length ? h('ol', { class: 'exams' }, exams.map(rowOf)) : h(Empty, { show }),
  );
}

/** The exams of a tab. One that was just marked as seen stays where it is while that can be taken back. */
function listed(live: Live, show: TabId): ExamView[] {
  const undo = undoable(live);
  return [...live.exams.value.values()]
    .filter((exam) => tabsOf(exam).includes(show))
    .filter(
      (exam) => show !== 'look' || exam.id === undo?.examId || isUnseen(exam, live.seen.value),
    )
    .sort((a, b) => b.receivedAt - a.receivedAt);
}

function rowOf(exam: ExamView): JSX.Element {
  return h(Row, { key: exam.id, exam });
}

/** An empty list is the absence of information; what is still to come, and why nothing may come, is said. */
function Empty({ show }: ListPage): JSX.Element {
  const say = useSay();
  const { link, device } = useLive();
  const { pause, queue } = device.value;
  const why =
    (link.value === 'stale' && say('list.empty-stale')) ||
    (pause.paused && say('list.empty-paused')) ||
    (queue > 0 && say.count('list.empty-queue', queue));
  return h(
    'p',
    { class: 'empty' },
    link.value !== 'stale' && say.code('list.empty', show),
    why && ` ${why}`,
  );
}
