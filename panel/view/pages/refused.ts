import { h } from 'preact';
import type { JSX } from 'preact';
import { useSay } from '../say.ts';

export interface RefusedPage {
  /** Code of the error. */
  code: string;
}

/** Instead of a page that may not be shown now: what is wrong and what to do. */
export function RefusedView({ code }: RefusedPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'plain-page' },
    h('h2', {}, say.code('access.fault', code)),
    h('p', {}, say('access.refused-nothing')),
    h('a', { class: 'button', href: '/' }, say('frame.to-list')),
  );
}
