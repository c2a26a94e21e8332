import type { JSX } from 'preact';
import { h } from 'preact';
import { type Attention, attentionTable, whatNeedsAHuman } from '../attention.ts';
import type { FleetPicture } from '../picture.ts';
import { RolloutList } from './rollouts.ts';

const mostShown = 50;

/** What needs a human, the most urgent first; then what is on its way by itself. */
export function Overview({ picture }: { picture: FleetPicture }): JSX.Element {
  const needs = whatNeedsAHuman(picture);
  const moving = picture.rollouts.filter(
    ({ state }) => state !== 'done' && state !== 'rolled-back',
  );
  const hidden = needs.length - mostShown;
  return h('div', { class: 'sections' }, [
    h('section', { 'aria-labelledby': 'needs' }, [
      h('h2', { id: 'needs' }, 'Needs a human'),
      needs.length === 0 &&
        h(
          'p',
          { class: 'calm' },
          'Nothing does: no rollout stands, and no device says or shows that it wants somebody.',
        ),
      h(
        'ol',
        { class: 'needs' },
        needs
          .slice(0, mostShown)
          .map((need) => h(Need, { key: `${need.reason} ${need.site} ${need.name}`, need })),
      ),
      hidden > 0 &&
        h(
          'p',
          {},
          h(
            'a',
            { href: '/devices' },
            `${hidden} more: the list of devices has them in the same order`,
          ),
        ),
    ]),
    h('section', { 'aria-labelledby': 'moving' }, [
      h('h2', { id: 'moving' }, 'Rollouts that have not ended'),
      h(RolloutList, { picture, rollouts: moving }),
    ]),
  ]);
}

function Need({ need }: { need: Attention }): JSX.Element {
  const { reason, text } = need;
  return h('li', { class: isUrgent(need) ? 'need urgent' : 'need' }, [
    h('span', { class: 'reason' }, wordsOf(reason)),
    h('a', { href: addressOf(need) }, placeOf(need)),
    h('span', { class: 'what' }, text),
    h('span', { class: 'remedy' }, attentionTable[reason].remedy),
  ]);
}

/** Those that hurt somebody now, or stop many. */
export function isUrgent({ reason }: Attention): boolean {
  return Object.keys(attentionTable).indexOf(reason) < 3;
}

/** `rollout-stopped` as `rollout stopped`. */
export function wordsOf(reason: string): string {
  return reason.replaceAll('-', ' ');
}

function placeOf({ kind, name, site }: Attention): string {
  const where = site && `, ${site}`;
  return kind === 'site' ? `${name}${where || ', no site'}` : `${name}${where}`;
}

function addressOf({ kind, name, site }: Attention): string {
  if (kind === 'rollout') return `/rollouts/${encodeURIComponent(name)}`;
  if (kind === 'site') return `/drift?find=${encodeURIComponent(site)}`;
  return `/devices?find=${encodeURIComponent(name)}`;
}
