import { h } from 'preact';
import type { JSX, TargetedEvent } from 'preact';
import type { Act } from '../../act.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { actKey, perform } from './acting.ts';

/** Does one act at one tap. Shows that it waits until the server has kept it, and beside itself what went wrong. */
export function ActButton({
  act,
  label,
  closes = false,
}: {
  act: Act;
  label: string;
  /** Closes the sheet that it stands in, once the act is kept. */
  closes?: boolean;
}): JSX.Element {
  const live = useLive();
  const busy = live.acting.busy.value === actKey(act);
  const tap = async (button: Element) => {
    const sheet = closes ? button.closest('dialog') : null;
    if (await perform(live, act)) sheet?.close();
  };
  return h(
    'button',
    {
      type: 'button',
      'data-act': act.kind,
      'aria-busy': busy ? 'true' : undefined,
      'aria-label': busy ? label : undefined,
      onClick: ({ currentTarget }: TargetedEvent<HTMLButtonElement>) => void tap(currentTarget),
    },
    busy ? '…' : label,
  );
}

/** What the server or the way to it had against an act; with its code, and what to do. */
export function TroubleNote({ of }: { of: Parameters<typeof actKey>[0] }): JSX.Element | null {
  const say = useSay();
  const trouble = useLive().acting.trouble.value;
  if (trouble?.key !== actKey(of)) return null;
  const { code, error, remedy } = trouble;
  const own = say.code('acts.trouble', code);
  const known = own !== code;
  return h(
    'p',
    { class: 'trouble', role: 'alert' },
    h('b', {}, `${say('acts.not-kept')} `, h('code', {}, code)),
    known ? own : h('span', { lang: 'en' }, [error, remedy].filter(Boolean).join('. ')),
  );
}
