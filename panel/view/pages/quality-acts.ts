import { h } from 'preact';
import type { JSX } from 'preact';
import type { Act } from '../../act.ts';
import { releaseReasons, stopReasons } from '../../act.ts';
import type { ModelQuality } from '../../quality-view.ts';
import { TroubleNote } from '../acts/act-button.ts';
import { perform } from '../acts/acting.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

/** What a person who answers for it may do with a model: each reason is one button, so that none goes without. */
export function ModelActs({ model }: { model: ModelQuality }): JSX.Element | null {
  const say = useSay();
  const permissions = useLive().shell.user?.permissions ?? [];
  const { name, state } = model;
  const may = (act: string) => permissions.includes(act);
  const isHeld = state === 'restricted' || state === 'paused' || state === 'previous';
  const acts: Act[] = [
    ...(isHeld && may('release-model')
      ? releaseReasons.map((reason) => ({ kind: 'release-model', model: name, reason }) as const)
      : []),
    ...(state !== 'paused' && may('stop-model')
      ? stopReasons.map((reason) => ({ kind: 'stop-model', model: name, reason }) as const)
      : []),
  ];
  if (acts.length === 0) return null;
  return h(
    'details',
    { class: 'model-acts' },
    h('summary', {}, say('quality.decide')),
    h('p', {}, say('quality.decide-note')),
    h(
      'div',
      { class: 'choices' },
      acts.map((act) => h(MoveButton, { key: `${act.kind} ${labelOf(act)}`, act })),
    ),
    h(TroubleNote, { of: { kind: 'release-model' } }),
    h(TroubleNote, { of: { kind: 'stop-model' } }),
  );
}

function labelOf(act: Act): string {
  return 'reason' in act ? `${act.kind}.${act.reason}` : act.kind;
}

/** Moves the model; the page is then another. */
function MoveButton({ act }: { act: Act }): JSX.Element {
  const say = useSay();
  const live = useLive();
  const move = async () => {
    if (await perform(live, act)) globalThis.location.reload();
  };
  return h(
    'button',
    { type: 'button', 'data-act': act.kind, onClick: () => void move() },
    say.code('quality.act', labelOf(act)),
  );
}
