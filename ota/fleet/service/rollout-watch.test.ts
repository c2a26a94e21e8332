import { expect, it } from 'vitest';
import { item, rollout, start } from '../../../tests/fleet-samples.ts';
import type { Rollout, RolloutItem } from '../rollout/rollout.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { RolloutWatch } from './rollout-watch.ts';

const minute = 60_000;

/** A store that says what was asked of it. */
function watched() {
  const asked: string[] = [];
  let changed: RolloutItem[] = [];
  const store = {
    items: async ({ name }: Rollout) => {
      asked.push(`${name} whole`);
      return [item('a'), item('b'), item('c')];
    },
    changedItems: async ({ name }: Rollout, since: number) => {
      asked.push(`${name} since ${(since - start) / 1000}`);
      return changed;
    },
  } as unknown as FleetStore;
  return { asked, watch: new RolloutWatch(store), change: (to: RolloutItem[]) => (changed = to) };
}

it('reads everything once, then what has changed, in the order that there was', async () => {
  const { asked, watch, change } = watched();
  await watch.items(rollout(), start);
  change([item('b', { state: 'committed' })]);
  const items = await watch.items(rollout(), start + 1000);
  expect(items.map(({ device, state }) => `${device} ${state}`)).toEqual([
    'a waiting',
    'b committed',
    'c waiting',
  ]);
  expect(asked).toEqual(['r whole', 'r since -60']);
});

it('reads everything again after a while, where the clock went back, and for a rollout that it forgot', async () => {
  const { asked, watch } = watched();
  await watch.items(rollout(), start);
  await watch.items(rollout(), start + 9 * minute);
  await watch.items(rollout(), start + 10 * minute);
  await watch.items(rollout(), start);
  watch.keep(new Set(['other']));
  await watch.items(rollout(), start + 1);
  expect(asked).toEqual(['r whole', 'r since -60', 'r whole', 'r whole', 'r whole']);
});
