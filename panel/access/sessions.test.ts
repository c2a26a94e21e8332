import { beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import { makeAccount } from './account.ts';
import { Sessions } from './sessions.ts';

const hour = 3600_000;
const secret = { n: 1024, r: 8, p: 1, salt: '', key: '' };
const anna = makeAccount('anna', 'Anna', 'technologist', secret);
const ben = makeAccount('ben', '', 'radiologist', secret);

let clock: ManualClock;
let ended: string[];
let sessions: Sessions;

beforeEach(() => {
  clock = new ManualClock();
  ended = [];
  sessions = new Sessions(clock, { idleMs: hour, totalMs: 4 * hour }, ({ user }, why) => {
    ended.push(`${user} ${why}`);
  });
});

it('finds a session by its token alone', () => {
  const { token, session } = sessions.start(anna, '10.0.0.1');
  expect(sessions.use(token)).toBe(session);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect([sessions.use(''), sessions.use(`${token}x`), sessions.use(session.csrf)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('ends after an idle hour, and after four in all however busy it is', () => {
  const idle = sessions.start(anna, '').token;
  const busy = sessions.start(ben, '').token;
  clock.advance(hour - 1);
  expect(sessions.use(busy)).toBeDefined();
  clock.advance(1);
  expect(sessions.use(idle)).toBeUndefined();
  for (let count = 0; count < 5; count += 1) {
    clock.advance(hour / 2);
    expect(sessions.use(busy)).toBeDefined();
  }
  clock.advance(hour / 2);
  expect(sessions.use(busy)).toBeUndefined();
  expect(ended).toEqual(['anna expired', 'ben expired']);
});

it('ends what nobody uses any more, without being asked', () => {
  sessions.start(anna, '');
  clock.advance(hour);
  sessions.sweep([anna]);
  expect([sessions.count, ended]).toEqual([0, ['anna expired']]);
});

it('ends the sessions of an account that has changed or is gone', () => {
  const first = sessions.start(anna, '').token;
  const second = sessions.start(ben, '').token;
  sessions.sweep([{ ...anna, version: 'another' }, ben]);
  expect([sessions.use(first), sessions.use(second)?.user]).toEqual([undefined, 'ben']);
  sessions.sweep([]);
  expect(ended).toEqual(['anna removed', 'ben removed']);
});

it('ends once', () => {
  const { session } = sessions.start(anna, '');
  sessions.end(session, 'asked-for');
  sessions.end(session, 'asked-for');
  expect(ended).toEqual(['anna asked-for']);
});

it('keeps sixteen sessions of one account: the one used least recently makes room', () => {
  const tokens = Array.from({ length: 16 }, () => {
    clock.advance(1);
    return sessions.start(anna, '').token;
  });
  clock.advance(1);
  sessions.use(tokens[0] ?? '');
  sessions.start(anna, '');
  expect(sessions.count).toBe(16);
  expect([sessions.use(tokens[0] ?? '')?.user, sessions.use(tokens[1] ?? '')]).toEqual([
    'anna',
    undefined,
  ]);
});
