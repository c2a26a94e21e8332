import { h } from 'preact';
import type { JSX } from 'preact';
import type { PauseView } from '../source.ts';
import { ActButton, TroubleNote } from './acts/act-button.ts';
import { formatAge } from './age.ts';
import { ConditionBanner } from './condition.ts';
import { visible } from './identity.ts';
import { useLive } from './live.ts';
import { useSay } from './say.ts';
import type { PageData } from './state.ts';

/** That nothing is heard any more, since when, and what that means. Its clock runs on without being read aloud. */
export function StaleBanner(): JSX.Element | null {
  const say = useSay();
  const { link, now, heardAt, retries } = useLive();
  if (link.value !== 'stale') return null;
  const silence = h('span', { 'aria-live': 'off' }, formatAge(now.value - heardAt.value));
  return h(
    'div',
    { class: 'banner stale', role: 'alert' },
    h('p', {}, say.parts('frame.stale', { at: say.time(heardAt.value), silence })),
    h(
      'button',
      {
        type: 'button',
        'data-act': 'retry',
        onClick: () => {
          retries.value += 1;
        },
      },
      say('frame.retry'),
    ),
  );
}

/** The permanent banner of a demonstration model, that AI is paused, and the device's own conditions. */
export function Notices({ page }: { page: PageData['name'] }): JSX.Element {
  const say = useSay();
  const { demo, pause, conditions } = useLive().device.value;
  return h(
    'section',
    { class: 'notices', 'aria-label': say('frame.notices') },
    demo && h('p', { class: 'banner demo-banner' }, say('frame.demo')),
    pause.paused && h(PauseBanner, { pause }),
    // The device's page begins with all of them.
    page !== 'device' && h(ConditionBanner, { conditions }),
  );
}

/** Stands on every page until AI goes on; after a while it asks whether the pause is still meant. */
function PauseBanner({ pause }: { pause: PauseView & { paused: true } }): JSX.Element {
  const say = useSay();
  const { now, shell } = useLive();
  const isDue = now.value >= pause.remindAt;
  const mayResume = shell.user?.permissions.includes('resume-ai') ?? false;
  const since = { at: say.time(pause.since), user: visible(pause.user) };
  return h(
    'div',
    { class: `banner pause-banner ${isDue ? 'pause-due' : ''}` },
    h('span', { class: 'pause-sign', 'aria-hidden': 'true' }),
    h(
      'p',
      { role: 'status' },
      h('strong', {}, say('frame.paused', since)),
      ` ${say('acts.reason')}: ${say.code('acts.pause', pause.reason)}.`,
      isDue && ` ${say('frame.pause-due')}`,
    ),
    mayResume && h(ActButton, { act: { kind: 'resume' }, label: say('acts.resume-button') }),
    h(TroubleNote, { of: { kind: 'resume' } }),
  );
}
