import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { useLive } from '../live.ts';
import { isUnseen, tabs, tabsOf } from '../outcome.ts';
import type { TabId } from '../outcome.ts';
import { Row } from '../row.ts';
import { useSay } from '../say.ts';

export interface ListPage {
  show: TabId;
}

/** The list of exams. */
export function ListView({ show }: ListPage): JSX.Element {
  const say = useSay();
  const live = useLive();
  const exams = [...live.exams.value.values()]
    .filter((exam) => tabsOf(exam).includes(show))
    .sort((a, b) => b.receivedAt - a.receivedAt);
  const empty = h('p', { class: 'empty' }, say.code('list.empty', show));
  return h(
    'section',
    { class: 'list-page' },
    h(Tabs, { show }),
    exams.length ? h('ol', { class: 'exams' }, exams.map(rowOf)) : empty,
  );
}

const rows = new WeakMap<ExamView, JSX.Element>();

/** The same row for the same exam, so that a change of one does not draw the others again. */
function rowOf(exam: ExamView): JSX.Element {
  const row = rows.get(exam) ?? h(Row, { key: exam.id, exam });
  rows.set(exam, row);
  return row;
}

function Tabs({ show }: ListPage): JSX.Element {
  const say = useSay();
  const { exams, seen } = useLive();
  const unseen = [...exams.value.values()].filter((exam) => isUnseen(exam, seen.value)).length;
  const links = tabs.map((id) =>
    h(
      'a',
      { key: id, href: `/?show=${id}`, 'aria-current': id === show ? 'page' : undefined },
      say.code('list.tab', id),
      // Never "0": while exams wait it would read as an answer.
      id === 'look' && unseen > 0 && h('span', { class: 'count' }, say.number(unseen)),
    ),
  );
  return h('nav', { class: 'tabs', 'aria-label': say('list.tabs') }, links);
}
