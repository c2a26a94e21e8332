import { describe, expect, it } from 'vitest';
import {
  advance,
  assigned,
  isEnd,
  type Standing,
  type UpdateState,
  updateStates,
  updateTable,
} from './update-table.ts';

const failed = { event: 'failed', code: 'TARGET_CHANGED', detail: 'x' } as const;

/** The standing after the same event, many times. */
function repeat(standing: Standing, event: Parameters<typeof advance>[1], times: number): Standing {
  return Array.from({ length: times }).reduce<Standing>((at) => advance(at, event), standing);
}

function standing(state: UpdateState): Standing {
  return { state, attempts: 0 };
}

describe('the way of an update', () => {
  it('leads from the assignment to a committed model when every step is done', () => {
    const way: UpdateState[] = [];
    for (let at = assigned; ; at = advance(at, { event: 'done' })) {
      way.push(at.state);
      if (isEnd(at.state)) break;
    }
    expect(way).toEqual([
      'assigned',
      'verified',
      'downloading',
      'checking',
      'building',
      'testing',
      'shadow',
      'ready',
      'trial',
      'committed',
    ]);
  });

  it.each(updateStates.filter((state) => !isEnd(state)))(
    'comes to an end from %s however often it fails',
    (state) => {
      const end = repeat(standing(state), failed, 10);
      expect(isEnd(end.state)).toBe(true);
      expect(end).toMatchObject({ code: 'TARGET_CHANGED', detail: 'x' });
    },
  );

  it('only ever ends where it was before, but for a model that has answered', () => {
    for (const state of updateStates.filter((each) => !isEnd(each))) {
      const end = repeat(standing(state), failed, 10).state;
      expect(end).toBe(['trial', 'returning'].includes(state) ? 'rolled-back' : 'failed');
    }
  });

  it.each(Object.entries(updateTable))('does not fail for a wait in %s', (state, row) => {
    const waiting = repeat(standing(state as UpdateState), { event: 'deferred', reason: 'x' }, 99);
    expect(waiting).toEqual({ state, attempts: 0, deferred: 'x' });
    expect(advance(waiting, { event: 'restarted' }).state).toBe(row.resume);
  });

  it('forgets what failed and what it waited for when a step is done', () => {
    const tried = advance(advance(standing('downloading'), failed), { event: 'done' });
    expect(tried).toEqual({ state: 'checking', attempts: 0 });
  });

  it('still tells, when the former model answers again, why', () => {
    const returning = advance(standing('trial'), failed);
    expect(returning.state).toBe('returning');
    expect(advance(returning, { event: 'done' })).toMatchObject({
      state: 'rolled-back',
      code: 'TARGET_CHANGED',
    });
  });

  it('goes back after the second restart in a trial, and after the third in a build', () => {
    expect(repeat(standing('trial'), { event: 'restarted' }, 1).state).toBe('trial');
    expect(repeat(standing('trial'), { event: 'restarted' }, 2)).toMatchObject({
      state: 'returning',
      code: 'UPDATE_INTERRUPTED',
    });
    expect(repeat(standing('building'), { event: 'restarted' }, 2).state).toBe('building');
    expect(repeat(standing('building'), { event: 'restarted' }, 3).state).toBe('failed');
  });

  it('ends with the time of its assignment, unless another model answers already', () => {
    const ends = Object.keys(updateTable).map((state) => [
      state,
      advance(standing(state as UpdateState), { event: 'late' }).state,
    ]);
    expect(Object.fromEntries(ends)).toEqual({
      assigned: 'failed',
      verified: 'failed',
      downloading: 'failed',
      checking: 'failed',
      building: 'failed',
      testing: 'failed',
      shadow: 'deferred',
      ready: 'failed',
      trial: 'trial',
      returning: 'returning',
    });
    expect(advance(standing('ready'), { event: 'late' }).code).toBe('UPDATE_TOO_LATE');
    expect(advance(standing('shadow'), { event: 'late' })).not.toHaveProperty('code');
  });

  it('ends with its comparison where no more was asked for', () => {
    expect(advance(standing('shadow'), { event: 'compared' }).state).toBe('compared');
  });

  it('downloads on after any number of restarts', () => {
    expect(repeat(standing('downloading'), { event: 'restarted' }, 99)).toEqual(
      standing('downloading'),
    );
  });

  it('proves a model anew where another program may have started since', () => {
    expect(advance(standing('ready'), { event: 'restarted' }).state).toBe('checking');
  });

  it('gives up at once what would fail again', () => {
    expect(advance(standing('downloading'), { ...failed, final: true }).state).toBe('failed');
  });

  it('leaves an end as it is', () => {
    expect(advance(standing('committed'), failed)).toEqual(standing('committed'));
  });
});
