import { h } from 'preact';
import type { JSX } from 'preact';
import { visible } from '../../view/identity.ts';
import { useSay } from '../../view/say.ts';
import { IconButton } from './icon-button.ts';
import type { DragMode, ViewerState } from './viewer-state.ts';

interface Props {
  state: ViewerState;
}

/** From slice to slice: by slider, by button. */
export function SliceBar({ state }: Props): JSX.Element | null {
  const say = useSay();
  const count = state.images.value.length;
  if (count < 2) return null;
  const at = state.index.value;
  return h(
    'div',
    { class: 'slices', role: 'group', 'aria-label': say('exam.images') },
    h(IconButton, {
      name: say('exam.previous'),
      icon: 'previous',
      disabled: at === 0,
      press: () => state.step(-1),
    }),
    h('input', {
      type: 'range',
      min: 1,
      max: count,
      value: at + 1,
      'aria-label': say('exam.images'),
      'aria-valuetext': say('exam.image-of', { n: say.number(at + 1), of: say.number(count) }),
      onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
        void state.show(Number(currentTarget.value) - 1),
    }),
    h(IconButton, {
      name: say('exam.next'),
      icon: 'next',
      disabled: at === count - 1,
      press: () => state.step(1),
    }),
  );
}

/** Windows, brightness, contrast and size, all without a drag. */
export function Tools({ state }: Props): JSX.Element {
  const say = useSay();
  return h(
    'div',
    { class: 'tools' },
    h(Presets, { state }),
    h(
      'div',
      { class: 'tool-group thirds', role: 'group', 'aria-label': say('exam.adjust') },
      h(IconButton, {
        name: say('exam.darker'),
        icon: 'darker',
        press: () => state.brighten(-0.06),
      }),
      h(IconButton, {
        name: say('exam.brighter'),
        icon: 'brighter',
        press: () => state.brighten(0.06),
      }),
      h(IconButton, {
        name: say('exam.less-contrast'),
        icon: 'less-contrast',
        press: () => state.contrast(1 / 1.15),
      }),
      h(IconButton, {
        name: say('exam.more-contrast'),
        icon: 'more-contrast',
        press: () => state.contrast(1.15),
      }),
      h(IconButton, {
        name: say('exam.zoom-out'),
        icon: 'zoom-out',
        press: () => state.zoom(1 / 1.25),
      }),
      h(IconButton, { name: say('exam.zoom-in'), icon: 'zoom-in', press: () => state.zoom(1.25) }),
    ),
    h(DragChoice, { state }),
    h(
      'button',
      { type: 'button', class: 'button reset', onClick: () => state.reset() },
      say('exam.reset'),
    ),
  );
}

function Presets({ state }: Props): JSX.Element {
  const say = useSay();
  const { center, width } = state.window.value;
  const buttons = (state.current?.windows ?? []).map((window, at) =>
    h(
      'button',
      {
        key: at,
        type: 'button',
        class: 'button',
        'aria-pressed': window.center === center && window.width === width,
        onClick: () => {
          state.window.value = { center: window.center, width: window.width };
        },
      },
      visible(say.code('exam.window', window.name)),
    ),
  );
  return h(
    'div',
    { class: 'tool-group', role: 'group', 'aria-label': say('exam.windows') },
    buttons,
  );
}

const modes: readonly DragMode[] = ['window', 'move'];

function DragChoice({ state }: Props): JSX.Element {
  const say = useSay();
  const buttons = modes.map((mode) =>
    h(
      'button',
      {
        key: mode,
        type: 'button',
        class: 'button',
        'aria-pressed': state.drag.value === mode,
        onClick: () => {
          state.drag.value = mode;
        },
      },
      say.code('exam.drag', mode),
    ),
  );
  const label = say('exam.drag');
  return h(
    'div',
    { class: 'tool-group', role: 'group', 'aria-label': label },
    h('span', { class: 'label', 'aria-hidden': 'true' }, label),
    buttons,
  );
}
