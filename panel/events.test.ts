import { describe, expect, it } from 'vitest';
import { EventRing, eventText } from './events.ts';

describe('eventText', () => {
  it('is one named event with an id and one line of data', () => {
    expect(eventText('exam', 'b-1', { a: 'x\ny' })).toBe(
      'event: exam\nid: b-1\ndata: {"a":"x\\ny"}\n\n',
    );
  });
});

describe('EventRing', () => {
  const filled = (limit: number) => {
    const ring = new EventRing('boot', limit);
    const texts = [1, 2, 3].map((n) => ring.append('exam', n));
    return { ring, texts };
  };

  it('replays what came after an id', () => {
    const { ring, texts } = filled(1000);
    expect(ring.lastId).toBe('boot-3');
    expect(ring.after('boot-0')).toEqual(texts);
    expect(ring.after('boot-2')).toEqual([texts[2]]);
    expect(ring.after('boot-3')).toEqual([]);
  });

  it('has no answer for ids of another run, of the future or of no shape', () => {
    const { ring } = filled(1000);
    for (const id of ['other-2', 'boot-4', 'boot-', 'boot--1', 'boot-1e1', '', 'boot-0x1'])
      expect(ring.after(id), id).toBeUndefined();
  });

  it('forgets the oldest beyond its limit and says so', () => {
    const { texts } = filled(1000);
    const { ring } = filled(2 * (texts[0]?.length ?? 0));
    expect(ring.after('boot-0')).toBeUndefined();
    expect(ring.after('boot-1')).toEqual(texts.slice(1));
  });

  it('survives an event larger than its limit', () => {
    const { ring } = filled(5);
    expect(ring.after('boot-2')).toBeUndefined();
    expect(ring.after('boot-3')).toEqual([]);
  });
});
