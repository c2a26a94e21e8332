import { describe, expect, it } from 'vitest';
import {
  eventOf,
  fallbackEffects,
  type FallbackEvent,
  fallbackMovers,
  type FallbackState,
  fallbackStates,
  fallbackTable,
  type Mover,
  nextFallback,
} from './fallback.ts';

const events = Object.keys(fallbackMovers) as FallbackEvent[];
const movers: Mover[] = ['rule', 'radiologist', 'field-engineer', 'administrator', 'update'];

/** Written down again, as a person would say it: from, event, to. */
const moves: [FallbackState, FallbackEvent, FallbackState][] = [
  ['normal', 'watch-raised', 'watch'],
  ['normal', 'alarm-raised', 'restricted'],
  ['normal', 'alarm-confirmed', 'paused'],
  ['normal', 'stopped', 'paused'],
  ['normal', 'replaced', 'normal'],
  ['watch', 'watch-cleared', 'normal'],
  ['watch', 'alarm-raised', 'restricted'],
  ['watch', 'alarm-confirmed', 'paused'],
  ['watch', 'stopped', 'paused'],
  ['watch', 'replaced', 'normal'],
  ['restricted', 'alarm-confirmed', 'paused'],
  ['restricted', 'released', 'watch'],
  ['restricted', 'stopped', 'paused'],
  ['restricted', 'replaced', 'normal'],
  ['paused', 'previous-proved', 'previous'],
  ['paused', 'released', 'watch'],
  ['paused', 'replaced', 'normal'],
  ['previous', 'alarm-raised', 'paused'],
  ['previous', 'alarm-confirmed', 'paused'],
  ['previous', 'released', 'watch'],
  ['previous', 'stopped', 'paused'],
  ['previous', 'replaced', 'normal'],
];

const written = (state: FallbackState, event: FallbackEvent) =>
  moves.find(([from, by]) => from === state && by === event)?.[2];

const everything = fallbackStates.flatMap((state) =>
  events.flatMap((event) => movers.map((mover) => ({ state, event, mover }))),
);

describe('the fallback', () => {
  it.each(moves)('from %s by %s goes to %s, brought by whoever may', (from, event, to) => {
    expect(fallbackMovers[event].length).toBeGreaterThan(0);
    for (const mover of fallbackMovers[event]) expect(nextFallback(from, event, mover)).toBe(to);
  });

  it('refuses every other event, and everybody else', () => {
    const refused = everything.filter(
      ({ state, event, mover }) => nextFallback(state, event, mover) === undefined,
    );
    const expected = everything.filter(
      ({ state, event, mover }) =>
        written(state, event) === undefined || !fallbackMovers[event].includes(mover),
    );
    expect(everything).toHaveLength(5 * 8 * 5);
    expect(refused).toEqual(expected);
    expect(refused.length).toBeGreaterThan(150);
  });

  it('says of every state what it means', () => {
    expect(Object.keys(fallbackTable)).toEqual([...fallbackStates]);
    expect(Object.keys(fallbackEffects)).toEqual([...fallbackStates]);
  });

  it('gives trust back by a rule only where a watch found nothing or the bundle before proved itself', () => {
    const trust = (state: FallbackState) =>
      ['paused', 'previous', 'restricted', 'watch', 'normal'].indexOf(state);
    const given = everything.filter(({ state, event, mover }) => {
      const next = nextFallback(state, event, mover);
      return mover === 'rule' && next && trust(next) > trust(state);
    });
    expect(given.map(({ state, event }) => [state, event])).toEqual([
      ['watch', 'watch-cleared'],
      ['paused', 'previous-proved'],
    ]);
  });

  it('can be stopped by a person wherever a bundle works, and left from everywhere', () => {
    for (const state of fallbackStates) {
      const works = fallbackEffects[state].bundle !== 'none';
      expect(nextFallback(state, 'stopped', 'administrator') === 'paused').toBe(works);
      expect(nextFallback(state, 'replaced', 'update')).toBe('normal');
    }
  });
});

describe('the rules of the fallback', () => {
  it.each([
    ['alarm', 'alarm', 'alarm-confirmed'],
    ['alarm', 'quiet', 'alarm-raised'],
    ['alarm', 'unknown', 'alarm-raised'],
    ['quiet', 'alarm', 'alarm-raised'],
    ['watch', 'alarm', 'alarm-raised'],
    ['watch', 'quiet', 'watch-raised'],
    ['quiet', 'watch', 'watch-raised'],
    ['watch', 'unknown', 'watch-raised'],
    ['quiet', 'quiet', 'watch-cleared'],
    ['quiet', 'unknown', undefined],
  ] as const)('sensitivity %s and drift %s bring %s', (sensitivity, drift, event) => {
    expect(eventOf({ sensitivity, drift })).toBe(event);
  });

  it('lead from normal to the previous bundle', () => {
    const path: [FallbackEvent, Mover][] = [
      ['watch-raised', 'rule'],
      ['alarm-raised', 'rule'],
      ['alarm-confirmed', 'rule'],
      ['previous-proved', 'rule'],
    ];
    const states = path.reduce<FallbackState[]>(
      (before, [event, mover]) => [...before, nextFallback(before.at(-1)!, event, mover)!],
      ['normal'],
    );
    expect(states).toEqual([...fallbackStates]);
  });
});
