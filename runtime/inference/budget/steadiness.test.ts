import { describe, expect, it } from 'vitest';
import { after, run, visits, type Changes } from '../../../tests/fixtures/budget-run.ts';
import { initialBudget } from './budget-state.ts';

/** Park and Miller's generator: 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('whatever is read', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('noise of 1 °C makes no level flap (seed %i)', (seed) => {
    const random = randomOf(seed * 7919);
    for (const centre of [84, 87, 90, 93, 96, 97]) {
      const noisy = (): Changes => ({ celsius: { gpu: centre + 2 * random() - 1 } });
      const states = run(initialBudget, 900, noisy);
      expect(visits(states).length, `around ${centre} °C`).toBeLessThanOrEqual(3);
      expect(visits(states.slice(120)).length, `settled around ${centre} °C`).toBeLessThanOrEqual(
        2,
      );
    }
  });

  it.each([11, 12, 13, 14, 15, 16])(
    'every level is left when all is well again (seed %i)',
    (seed) => {
      const random = randomOf(seed * 104_729);
      const maybe = <T>(value: T): T | undefined => (random() < 0.7 ? value : undefined);
      const wild = (): Changes => {
        const changes = {
          celsius: { gpu: maybe(30 + 90 * random()), cpu: maybe(30 + 70 * random()) },
          throttling: maybe(random() < 0.2),
          availableMegabytes: maybe(4000 * random()),
          stalled: maybe(random()),
          oomKills: maybe(Math.floor(3 * random())),
          average: maybe(Math.floor(9 * random())),
          limitShare: maybe(1.3 * random()),
        };
        return Object.fromEntries(
          Object.entries(changes).filter(([, value]) => value !== undefined),
        );
      };
      const upset = run(initialBudget, 300, wild).at(-1) ?? initialBudget;
      const well = { celsius: { gpu: 50, cpu: 50 }, throttling: false, availableMegabytes: 4000 };
      const calm = { ...well, stalled: 0, oomKills: 9, average: 99, limitShare: 0.3 };
      expect(after(upset, 200, calm).level).toBe('full');
    },
  );

  it('is let go of when it falls silent for good, but not further than to care', () => {
    const hot = after(initialBudget, 20, { celsius: { gpu: 98.5 } });
    const states = run(hot, 300, { celsius: { gpu: undefined } });
    expect(visits(states)).toEqual(['hold', 'minimal', 'trimmed']);
    expect(states.at(-1)).toMatchObject({ level: 'trimmed', cause: 'blind' });
  });
});
