import { h } from 'preact';
import type { JSX } from 'preact';
import { useSay } from '../say.ts';

export interface EnteredPage {
  /** Where to go on to: a path of the panel. */
  to: string;
}

/**
 * Between the identity provider and the panel. A browser sends no SameSite cookie where another site has led it, and so
 * this page of our own has to lead on.
 */
export function EnteredView({ to }: EnteredPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'door' },
    h('meta', { httpEquiv: 'refresh', content: `0;url=${to}` }),
    h('a', { class: 'button', href: to }, say('access.go-on')),
  );
}
