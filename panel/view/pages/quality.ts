import { h } from 'preact';
import type { JSX } from 'preact';
import { useSay } from '../say.ts';

/** How good AI is here. Nothing measures it yet, and the page says no more than that. */
export function QualityView(): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'quality-page' },
    h('h2', {}, say('quality.title')),
    h('p', { class: 'quality-state' }, say('quality.not-set-up')),
    h('dl', { class: 'facts' }, [
      h(
        'div',
        { key: 'sensitivity' },
        h('dt', {}, say('quality.sensitivity')),
        h('dd', {}, say.count('quality.not-estimable', 0)),
      ),
      h(
        'div',
        { key: 'why' },
        h('dt', {}, say('quality.why')),
        h('dd', {}, say('quality.why-text')),
      ),
    ]),
    h('p', {}, say('quality.opinions')),
    h('a', { class: 'button', href: '/models' }, say('quality.to-models')),
  );
}
