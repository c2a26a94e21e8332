import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { advanceWay, lookBack, patience, RepositoryWay, type Standing } from './repository-way.ts';

describe('the table', () => {
  it.each<[Standing, Parameters<typeof advanceWay>[1], number, Standing]>([
    [{ way: 'https' }, 'unreachable', 5, { way: 'https', failingSince: 5 }],
    [{ way: 'https', failingSince: 5 }, 'unreachable', 9, { way: 'https', failingSince: 5 }],
    [{ way: 'https', failingSince: 5 }, 'answered', 9, { way: 'https' }],
    [
      { way: 'https', failingSince: 5 },
      'unreachable',
      5 + patience,
      { way: 'broker', until: 5 + patience + lookBack },
    ],
    [{ way: 'https' }, 'no-broker', 5, { way: 'https' }],
    [{ way: 'broker', until: 9 }, 'unreachable', 9, { way: 'broker', until: 9 + lookBack }],
    [{ way: 'broker', until: 9 }, 'answered', 9, { way: 'https' }],
    [{ way: 'broker', until: 9 }, 'no-broker', 5, { way: 'broker', until: 5 }],
  ])('leads from %j by %s at %i to %j', (standing, event, now, next) => {
    expect(advanceWay(standing, event, now)).toEqual(next);
  });
});

let clock: ManualClock;
let way: RepositoryWay;
let hasBroker: boolean;
let changes: string[];
let asked: string[];

beforeEach(() => {
  clock = new ManualClock();
  [hasBroker, changes, asked] = [true, [], []];
  way = new RepositoryWay({
    clock,
    hasBroker: () => hasBroker,
    changed: (to) => changes.push(to),
  });
});

/** What comes, or the code of the failure; `https` and `broker`: what they fail with. */
async function ask(https?: ErrorCode, broker?: ErrorCode): Promise<string> {
  const say = (name: string, code?: ErrorCode) => () => {
    asked.push(name);
    return code ? Promise.reject(new ScansideError(code, name)) : Promise.resolve(name);
  };
  return way
    .ask(say('https', https), say('broker', broker))
    .catch(({ code }: ScansideError) => code);
}

/** HTTPS has failed for long enough. */
async function turn(): Promise<void> {
  await ask('UPDATE_UNREACHABLE');
  clock.advance(patience);
  expect(await ask('UPDATE_TOO_SLOW')).toBe('broker');
  asked = [];
}

describe('a device', () => {
  it('asks the broker only after HTTPS has failed for a minute without an answer', async () => {
    expect(await ask('UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
    clock.advance(patience - 1);
    expect(await ask('UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
    expect(await ask()).toBe('https');
    clock.advance(1);
    expect(await ask('UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
    expect([asked.includes('broker'), changes]).toEqual([false, []]);
  });

  it('stays with the broker for ten minutes, then tries HTTPS and goes back where it answers', async () => {
    await turn();
    expect([await ask('UPDATE_UNREACHABLE'), asked]).toEqual(['broker', ['broker']]);
    clock.advance(lookBack);
    expect(await ask('UPDATE_UNREACHABLE')).toBe('broker');
    expect(asked.slice(1)).toEqual(['https', 'broker']);
    clock.advance(lookBack);
    expect(await ask()).toBe('https');
    expect(changes).toEqual(['broker', 'https']);
  });

  it('tries HTTPS again at once where the broker gives nothing or is gone', async () => {
    await turn();
    expect(await ask(undefined, 'UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
    expect(await ask()).toBe('https');
    await turn();
    hasBroker = false;
    expect(await ask('UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
    expect(asked).toEqual(['https']);
  });

  it.each<ErrorCode>(['TARGET_CHANGED', 'UPDATE_TOO_LONG'])(
    'does not ask the broker because of %s: the host was reached',
    async (code) => {
      await ask('UPDATE_UNREACHABLE');
      clock.advance(patience);
      expect(await ask(code)).toBe(code);
      expect(await ask('UPDATE_UNREACHABLE')).toBe('UPDATE_UNREACHABLE');
      expect(asked).not.toContain('broker');
    },
  );
});
