import { h } from 'preact';
import type { JSX } from 'preact';
import type { ActView } from '../../act.ts';
import type { ExamDetail } from '../../exam-detail.ts';
import type { ExamView } from '../../source.ts';
import { visible } from '../identity.ts';
import type { Say } from '../say.ts';
import { fill, useSay } from '../say.ts';

/** How the result's way to the PACS stands, and when what happened. */
export function Timeline({ detail: { exam, timeline } }: { detail: ExamDetail }): JSX.Element {
  const say = useSay();
  const steps = [...timeline].sort((a, b) => a.at - b.at);
  return h(
    'section',
    { class: 'timeline' },
    h('h3', {}, say('exam.timeline')),
    h('p', { class: 'delivery-words' }, deliveryWords(exam, say)),
    h(
      'ol',
      {},
      steps.map(({ step, at }) =>
        h('li', { key: step }, h('time', {}, say.time(at)), ` ${say.code('exam.step', step)}`),
      ),
    ),
  );
}

function deliveryWords({ state, delivery, destination }: ExamView, say: Say): string {
  const to = destination && ` (${visible(destination)})`;
  const words = delivery === 'none' ? '' : say.code('list.delivery', delivery) + to;
  return [say.code('list.state', state), words].filter(Boolean).join(', ');
}

/** What people have done about the exam so far. */
export function People({ detail: { acts } }: { detail: ExamDetail }): JSX.Element | null {
  const say = useSay();
  if (acts.length === 0) return null;
  return h(
    'section',
    { class: 'people' },
    h('h3', {}, say('exam.people')),
    h(
      'ol',
      {},
      acts.map((act) => h(ActLine, { key: act.id, act })),
    ),
  );
}

function ActLine({ act: { kind, user, at, reason, note } }: { act: ActView }): JSX.Element {
  const say = useSay();
  const what = fill(say.code('exam.act', kind), { reason: say.code('exam.reason', reason) });
  return h(
    'li',
    {},
    h('time', {}, say.time(at)),
    ' ',
    h('bdi', {}, visible(user)),
    ` · ${what}`,
    note && h('span', { class: 'note' }, ' “', h('bdi', {}, visible(note)), '”'),
  );
}
