import { h } from 'preact';
import type { JSX } from 'preact';
import type { DeviceGroup } from '../../device-detail.ts';
import { TroubleNote } from '../acts/act-button.ts';
import { perform } from '../acts/acting.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

const act = { kind: 'postpone-update' } as const;

/** Puts the exchange of a model off, where there is one that may be; the page is then another. */
export function PostponeButton({ group }: { group: DeviceGroup }): JSX.Element | null {
  const say = useSay();
  const live = useLive();
  const left = group.facts.find(({ id }) => id === 'postponements-left')?.value;
  const isAllowed = live.shell.user?.permissions.includes(act.kind) ?? false;
  if (!isAllowed || typeof left !== 'number' || left < 1) return null;
  const postpone = async () => {
    if (await perform(live, act)) globalThis.location.reload();
  };
  return h(
    'div',
    { class: 'choices' },
    h(
      'button',
      { type: 'button', 'data-act': act.kind, onClick: () => void postpone() },
      say('device.postpone-button'),
    ),
    h(TroubleNote, { of: act }),
  );
}
