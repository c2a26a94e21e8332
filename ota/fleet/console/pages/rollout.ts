import type { JSX } from 'preact';
import { h } from 'preact';
import type { ConsoleSession } from '../../store/account-store.ts';
import { itemStates, type RolloutItem } from '../../rollout/rollout.ts';
import { type RolloutEvent, rolloutTable } from '../../rollout/rollout-state.ts';
import type { RolloutPicture } from '../picture.ts';
import { Ago, Csrf, Instant, Table } from './frame.ts';
import { soakLeft, State } from './rollouts.ts';

/** What a person may have done with a rollout, and what it means. */
export const steps = {
  pause: 'Devices that were told and have not begun wait; those that have the model keep it.',
  resume: 'It goes on in the wave in which it stood, and its soak begins anew.',
  retry: 'The devices that failed, and no others, try again.',
  rollback:
    'All its devices run again what they ran before, all at once: sites and waves are not waited for.',
} as const satisfies Partial<Record<RolloutEvent, string>>;

export type Step = keyof typeof steps;

const names: Record<Step, string> = {
  pause: 'Pause',
  resume: 'Resume',
  retry: 'Retry the failed devices',
  rollback: 'Roll back',
};

/** The steps that a rollout in this state knows. */
export function possibleSteps(state: keyof typeof rolloutTable): Step[] {
  const known = Object.keys(rolloutTable[state]);
  return (Object.keys(steps) as Step[]).filter((step) => known.includes(step));
}

/** One rollout: how far it is, what it waits for, which devices failed, who steered it. */
export function RolloutPage({
  picture,
  role,
}: {
  picture: RolloutPicture;
  role: ConsoleSession['role'];
}): JSX.Element {
  const { rollout, items, history } = picture;
  const failed = items.filter(({ state }) => state === 'failed');
  return h('div', { class: 'sections' }, [
    rollout.because !== '' &&
      h('p', { class: 'because', role: 'status' }, `${rollout.state}: ${rollout.because}`),
    role === 'operator' && h(Steps, { name: rollout.name, state: rollout.state }),
    h(Facts, { picture }),
    h(Waves, { picture }),
    h(Items, { title: `Devices that failed: ${failed.length}`, items: failed }),
    h(Items, {
      title: 'Told, and not there yet',
      items: items.filter(({ state }) => state === 'assigned'),
    }),
    h(Table, {
      caption: 'Who did what',
      heads: ['When', 'What', 'Who', 'Why'],
      rows: history
        .toReversed()
        .map(({ at, event, actor, because }) => [h(Instant, { at }), event, actor, because]),
    }),
  ]);
}

function Facts({
  picture: { rollout, gate, counts, now },
}: {
  picture: RolloutPicture;
}): JSX.Element {
  const { plan, state, wave, waves, since } = rollout;
  const soak = soakLeft(rollout, now);
  const devices = itemStates
    .filter((each) => counts[each] > 0)
    .map((each) => `${counts[each]} ${each}`);
  const facts: [string, JSX.Element | string][] = [
    ['Release', `${plan.release.group} ${plan.release.version}`],
    ['State', h(State, { state })],
    ['Since', h(Ago, { at: since, now })],
    ['Wave', `${wave + 1} of ${waves}`],
    ['Gate', `${gate.committed} run it, ${gate.needed} must (${plan.gatePercent} %)`],
    [
      'Soak',
      soak ? `${soak} left of ${plan.soakMs / 3600_000} hours` : `${plan.soakMs / 3600_000} hours`,
    ],
    ['May fail', `${plan.failPercent} % of the devices so far`],
    ['Devices', devices.join(', ')],
  ];
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', { key: name }, [h('dt', {}, name), h('dd', {}, value)])),
  );
}

/** How far each wave is: a bar of the devices that run the release. */
function Waves({ picture: { rollout, items } }: { picture: RolloutPicture }): JSX.Element {
  const waves = Array.from({ length: rollout.waves }, (_, wave) =>
    items.filter((item) => item.wave === wave),
  );
  return h(Table, {
    caption: 'Waves',
    heads: ['Wave', 'Devices', 'Run it', 'Failed', 'How far'],
    rows: waves.map((own, wave) => {
      const count = (state: RolloutItem['state']) =>
        own.filter((item) => item.state === state).length;
      const isNow = wave === rollout.wave;
      return [
        isNow ? h('strong', {}, `${wave + 1}, now`) : wave + 1,
        own.length,
        count('committed'),
        count('failed'),
        h('progress', {
          max: own.length,
          value: count('committed'),
          'aria-label': `wave ${wave + 1}`,
        }),
      ];
    }),
  });
}

function Steps({
  name,
  state,
}: {
  name: string;
  state: keyof typeof rolloutTable;
}): JSX.Element | null {
  const possible = possibleSteps(state);
  if (possible.length === 0) return null;
  return h(
    'nav',
    { class: 'steps', 'aria-label': 'What can be done' },
    possible.map((step) =>
      h(
        'a',
        { key: step, class: 'button', href: `/rollouts/${encodeURIComponent(name)}/${step}` },
        `${names[step]} …`,
      ),
    ),
  );
}

function Items({
  title,
  items,
}: {
  title: string;
  items: readonly RolloutItem[];
}): JSX.Element | null {
  if (items.length === 0) return null;
  const shown = items.slice(0, 100);
  return h(Table, {
    caption: items.length > shown.length ? `${title} (the first 100 of ${items.length})` : title,
    heads: ['Device', 'Site', 'Wave', 'Step', 'Code'],
    rows: shown.map(({ device, site, wave, step, code }) => [
      h('a', { href: `/devices?find=${encodeURIComponent(device)}` }, device),
      site,
      wave + 1,
      step,
      code,
    ]),
  });
}

/** The second look before a step is taken. `revision`: of the rollout as it was looked at. */
export function Confirm({
  picture,
  step,
  csrf,
}: {
  picture: RolloutPicture;
  step: Step;
  csrf: string;
}): JSX.Element {
  const { rollout, counts } = picture;
  const told = counts.assigned + counts.committed + counts.failed;
  return h('form', { method: 'post', class: 'confirm' }, [
    h('p', {}, [
      h('strong', {}, rollout.name),
      ' is ',
      h(State, { state: rollout.state }),
      `, in wave ${rollout.wave + 1} of ${rollout.waves}. It has told ${told} devices.`,
    ]),
    h('p', {}, steps[step]),
    h(Csrf, { csrf }),
    h('input', { type: 'hidden', name: 'revision', value: String(rollout.revision) }),
    h('label', { for: 'because' }, 'Why, for the history'),
    h('input', {
      id: 'because',
      name: 'because',
      maxLength: 200,
      required: true,
      autocomplete: 'off',
    }),
    h('div', { class: 'steps' }, [
      h('button', { type: 'submit', class: 'act' }, `${names[step]} now`),
      h(
        'a',
        { class: 'button', href: `/rollouts/${encodeURIComponent(rollout.name)}` },
        'Back, change nothing',
      ),
    ]),
  ]);
}

export function confirmTitle(step: Step, name: string): string {
  return `${names[step]}: ${name}?`;
}
