import { h } from 'preact';
import type { JSX } from 'preact';
import { useSay } from '../say.ts';

/** For an address that leads nowhere. */
export function NotFoundView(): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'plain-page' },
    h('h2', {}, say('frame.not-found')),
    h('a', { class: 'button', href: '/' }, say('frame.to-list')),
  );
}
