import type { JSX } from 'preact';
import { h } from 'preact';
import type { Rollout } from '../../rollout/rollout.ts';
import { spanOf } from '../attention.ts';
import type { FleetPicture } from '../picture.ts';
import { Ago, Table } from './frame.ts';

/** States by how much they want somebody. */
const order = [
  'stopped',
  'paused',
  'rolling-back',
  'running',
  'soaking',
  'planned',
  'done',
  'rolled-back',
];

/** All rollouts. */
export function Rollouts({ picture }: { picture: FleetPicture }): JSX.Element {
  return h(RolloutList, { picture, rollouts: picture.rollouts });
}

/** Rollouts, those first that stand and wait for somebody. */
export function RolloutList({
  picture: { now },
  rollouts,
}: {
  picture: FleetPicture;
  rollouts: readonly Rollout[];
}): JSX.Element {
  if (rollouts.length === 0) return h('p', { class: 'calm' }, 'There is none.');
  const sorted = rollouts.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return h(Table, {
    caption: 'Rollouts, those first that wait for somebody',
    heads: ['Rollout', 'Release', 'State', 'Wave', 'Since', 'Soak left', 'Why'],
    rows: sorted.map((rollout) => [
      h('a', { href: `/rollouts/${encodeURIComponent(rollout.name)}` }, rollout.name),
      `${rollout.plan.release.group} ${rollout.plan.release.version}`,
      h(State, { state: rollout.state }),
      `${rollout.wave + 1} of ${rollout.waves}`,
      h(Ago, { at: rollout.since, now }),
      soakLeft(rollout, now),
      rollout.because,
    ]),
  });
}

export function State({ state }: { state: string }): JSX.Element {
  return h('span', { class: `state ${state}` }, state.replaceAll('-', ' '));
}

/** How long a wave is still watched, in words; empty where it is not. */
export function soakLeft({ state, plan, since }: Rollout, now: number): string {
  if (state !== 'soaking') return '';
  return now - since >= plan.soakMs ? 'over' : spanOf(plan.soakMs - (now - since));
}
