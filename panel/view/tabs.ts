import { h } from 'preact';
import type { JSX } from 'preact';
import { useLive } from './live.ts';
import { isUnseen, tabs } from './outcome.ts';
import { useSay } from './say.ts';
import type { PageData } from './state.ts';

/** Where one can go from everywhere: the list's tabs, and the pages that are needed every day. */
export function Tabs({ page }: { page: PageData }): JSX.Element {
  const say = useSay();
  const permissions = useLive().shell.user?.permissions ?? [];
  const shown = page.name === 'list' ? page.show : undefined;
  const lists = tabs.map((id) =>
    h(
      'a',
      { key: id, class: 'tab', href: `/?show=${id}`, 'aria-current': current(id === shown) },
      say.code('list.tab', id),
      id === 'look' && h(Count, {}),
    ),
  );
  return h(
    'nav',
    { class: 'tabs', 'aria-label': say('frame.places') },
    permissions.includes('see-exams') && lists,
    (['quality', 'device'] as const)
      .filter((name) => permissions.includes(`see-${name}`))
      .map((name) =>
        h(
          'a',
          {
            key: name,
            class: 'place',
            href: `/${name}`,
            'aria-current': current(name === page.name),
          },
          say(`frame.place.${name}`),
        ),
      ),
  );
}

export function current(is: boolean): 'page' | undefined {
  return is ? 'page' : undefined;
}

/** How many this person has not looked at. Never "0": while exams wait or nothing is heard it would read as an answer. */
function Count(): JSX.Element | null {
  const say = useSay();
  const { exams, seen } = useLive();
  const unseen = [...exams.value.values()].filter((exam) => isUnseen(exam, seen.value)).length;
  return unseen > 0 ? h('span', { class: 'count' }, say.number(unseen)) : null;
}
