import { h } from 'preact';
import type { JSX } from 'preact';
import type { ActiveCondition } from '../../device/conditions.ts';
import { visible } from './identity.ts';
import { useSay } from './say.ts';

/** IEC 60601-1-8 marks priorities by exclamation marks; shape, word and colour say the same. */
const signs = { high: '!!!', medium: '!!', low: '!' } as const;

/** Conditions of the device with what to do about each. */
export function ConditionList({
  conditions,
}: {
  conditions: readonly ActiveCondition[];
}): JSX.Element {
  const say = useSay();
  return h(
    'ul',
    { class: 'conditions' },
    conditions.map((condition) =>
      h(
        'li',
        { key: keyOf(condition), class: `condition ${condition.priority}` },
        h(Priority, condition),
        h(
          'div',
          {},
          h(
            'p',
            { class: 'condition-text' },
            say(`conditions.${condition.id}`, textsOf(condition)),
          ),
          h('p', { class: 'remedy' }, say(`conditions.${condition.id}.remedy`)),
        ),
      ),
    ),
  );
}

/** Banners of other kinds say these already, and louder. */
const saidElsewhere: readonly string[] = ['demonstration-model', 'ai-paused'];

/** The same for above every page: what does not press is only counted, and stands on the device's own page. */
export function ConditionBanner({
  conditions,
}: {
  conditions: readonly ActiveCondition[];
}): JSX.Element {
  const say = useSay();
  const all = conditions.filter(({ id }) => !saidElsewhere.includes(id));
  const pressing = all.filter(({ priority }) => priority !== 'low');
  const [first] = all.filter(({ priority }) => priority === 'low');
  return h(
    'div',
    { class: 'condition-banner' },
    pressing.map((condition) =>
      h(
        'p',
        { key: keyOf(condition), class: `condition ${condition.priority}` },
        h(Priority, condition),
        say(`conditions.${condition.id}`, textsOf(condition)),
      ),
    ),
    first &&
      h(
        'p',
        { class: 'condition low' },
        h(Priority, first),
        h(
          'a',
          { href: '/device' },
          say.count('device.conditions-low', all.length - pressing.length),
        ),
      ),
  );
}

function Priority({ priority }: ActiveCondition): JSX.Element {
  const say = useSay();
  return h(
    'span',
    { class: 'priority' },
    h('span', { class: 'priority-sign', 'aria-hidden': 'true' }, signs[priority]),
    h('span', { class: 'priority-word' }, say(`conditions.priority.${priority}`)),
  );
}

/** Names of destinations and models come from outside. */
function textsOf({ values }: ActiveCondition): ActiveCondition['values'] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? visible(value) : value,
    ]),
  );
}

function keyOf({ id, values }: ActiveCondition): string {
  return `${id} ${Object.values(values).join(' ')}`;
}
