import { h } from 'preact';
import type { JSX } from 'preact';
import type { OutcomeKind } from './outcome.ts';

/** What each kind looks like in one colour: told apart by its outline alone, also by who sees no colours. */
const outlines: Record<OutcomeKind, () => JSX.Element[]> = {
  flagged: () => [
    h('path', {
      fill: 'currentColor',
      d: 'M32 5a6 6 0 0 1 5.200 3l24 43a6 6 0 0 1-5.200 9h-48a6 6 0 0 1-5.200-9l24-43a6 6 0 0 1 5.200-3z',
    }),
    h('path', { class: 'ink', d: 'M28 20h8l-1.200 22h-5.600zM28 46h8v8h-8z' }),
  ],
  withdrawn: () => [line('M32 9 57 55H7zM8 12 56 60')],
  'no-flag': () => [
    h('circle', { cx: 32, cy: 32, r: 24, fill: 'none', stroke: 'currentColor', 'stroke-width': 3 }),
    line('M20 32h24'),
  ],
  'not-analysed': () => [
    line('M32 4 60 32 32 60 4 32zM11 25 25 11M18 46 11 39M53 39 39 53M46 18l7 7'),
    ...question(),
  ],
  quarantined: () => [
    h('rect', {
      x: 6,
      y: 6,
      width: 52,
      height: 52,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 4,
      'stroke-dasharray': '9 6',
    }),
    ...question(),
  ],
  pending: () => [
    h('circle', {
      class: 'turning',
      cx: 32,
      cy: 32,
      r: 24,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 4,
      'stroke-dasharray': '2 10.566',
      'stroke-linecap': 'round',
    }),
  ],
};

function line(d: string): JSX.Element {
  const stroke = { stroke: 'currentColor', 'stroke-width': 4, 'stroke-linejoin': 'round' } as const;
  return h('path', { d, fill: 'none', 'stroke-linecap': 'round', ...stroke });
}

function question(): JSX.Element[] {
  return [line('M25 26a7 7 0 1 1 10 6.500c-2 1-3 2-3 5'), line('M32 45v.100')];
}

/** The sign of an outcome, beside which its words stand. */
export function Shape({ kind }: { kind: OutcomeKind }): JSX.Element {
  return h(
    'svg',
    { class: 'shape', viewBox: '0 0 64 64', 'aria-hidden': 'true', 'data-shape': kind },
    outlines[kind](),
  );
}
