import { h } from 'preact';
import type { JSX } from 'preact';

const sun =
  'M12 4V2M12 22v-2M4 12H2M6.3 6.3 4.9 4.9M6.3 17.7l-1.4 1.4M17.7 6.3l1.4-1.4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z';
const half = 'M8.5 5v13M6 7v9M11 4a7.5 7.5 0 1 0 0 15ZM11 4a7.5 7.5 0 0 1 7.3 9';
const lens = 'M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12ZM14.5 14.5 21 21';

/** Lines of the icons in a square of 24; more and less are told apart by a plus and a minus. */
const lines = {
  brighter: `${sun}M16 19h6M19 16v6`,
  darker: `${sun}M16 19h6`,
  'more-contrast': `${half}M16 19h6M19 16v6`,
  'less-contrast': `${half}M16 19h6`,
  'zoom-in': `${lens}M7 10h6M10 7v6`,
  'zoom-out': `${lens}M7 10h6`,
  previous: 'M15 5 8 12l7 7',
  next: 'M9 5l7 7-7 7',
} as const;

export interface IconButtonProps {
  name: string;
  icon: keyof typeof lines;
  disabled?: boolean;
  press: () => void;
}

/** A button with a picture; its name is read out and stands beside the pointer. */
export function IconButton({ name, icon, disabled = false, press }: IconButtonProps): JSX.Element {
  const path = h('path', {
    d: lines[icon],
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 2,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
  return h(
    'button',
    {
      type: 'button',
      class: 'button icon',
      'aria-label': name,
      title: name,
      disabled,
      onClick: press,
    },
    h('svg', { viewBox: '0 0 24 24', width: 28, height: 28, 'aria-hidden': 'true' }, path),
  );
}
