import { h } from 'preact';
import type { JSX } from 'preact';
import type { AidView } from '../../exam-detail.ts';
import { visible } from '../../view/identity.ts';
import { useSay } from '../../view/say.ts';
import type { Holding } from './holding.ts';

export interface HeatmapButtonsProps {
  holding: Holding;
  heatmaps: AidView['heatmaps'];
  aid: AidView;
}

/** One button for each finding that has a picture, and beside it what that picture does not show. */
export function HeatmapButtons({
  holding,
  heatmaps,
  aid,
}: HeatmapButtonsProps): JSX.Element | null {
  const say = useSay();
  if (heatmaps.length === 0) return null;
  return h(
    'div',
    { class: 'heatmaps' },
    heatmaps.map(({ imageId, finding }) =>
      h(HoldButton, {
        key: finding,
        holding,
        imageId,
        finding,
        isSole: heatmaps.length === 1,
        label: aid.findings.find(({ id }) => id === finding)?.label ?? finding,
      }),
    ),
    h('p', { class: 'caveat' }, say('exam.caveat'), aid.statement && ` ${visible(aid.statement)}`),
    holding.failed.value && h('p', { class: 'failure', role: 'alert' }, say('exam.failed.changed')),
  );
}

interface HoldButtonProps {
  holding: Holding;
  imageId: string;
  finding: string;
  label: string;
  /** There is no other finding to be told apart from. */
  isSole: boolean;
}

function HoldButton({ holding, imageId, finding, label, isSole }: HoldButtonProps): JSX.Element {
  const say = useSay();
  const held = holding.shown.value;
  const press = () => void holding.press(imageId, finding);
  const release = () => holding.release();
  const isHoldKey = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter';
  return h(
    'button',
    {
      type: 'button',
      class: 'button hold',
      'aria-pressed': held?.imageId === imageId && held.finding === finding,
      onPointerDown: press,
      onPointerUp: release,
      onPointerLeave: release,
      onPointerCancel: release,
      onBlur: release,
      onContextMenu: (event: Event) => event.preventDefault(),
      onKeyDown: (event: KeyboardEvent) => {
        if (!isHoldKey(event)) return;
        event.preventDefault();
        press();
      },
      onKeyUp: (event: KeyboardEvent) => isHoldKey(event) && release(),
    },
    isSole ? say('exam.hold') : say('exam.hold-one', { finding: visible(label) }),
  );
}
