import { h } from 'preact';
import type { JSX } from 'preact';
import { pauseReasons } from '../../act.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import { SheetFrame } from './sheet.ts';

/** Stops AI: the tap on the reason does it. */
export function PauseSheet(): JSX.Element {
  const say = useSay();
  const buttons = pauseReasons.map((reason) =>
    h(ActButton, {
      key: reason,
      label: say.code('acts.pause', reason),
      act: { kind: 'pause', reason },
      closes: true,
    }),
  );
  return h(
    SheetFrame,
    { title: say('acts.pause-title') },
    h('p', {}, say('acts.pause-what')),
    h('div', { class: 'choices' }, buttons),
    h(TroubleNote, { of: { kind: 'pause' } }),
  );
}
