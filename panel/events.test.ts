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
    const ring = new EventRing<string>('boot', limit);
    const texts = [1, 2, 3].map((n) => ring.append('exam', () => n)('ada'));
    return { ring, texts };
  };

  it('replays what came after an id', () => {
    const { ring, texts } = filled(10);
    expect(ring.lastId).toBe('boot-3');
    expect(ring.after('boot-0', 'ada')).toEqual(texts);
    expect(ring.after('boot-2', 'ada')).toEqual([texts[2]]);
    expect(ring.after('boot-3', 'ada')).toEqual([]);
  });

  it('has no answer for ids of another run, of the future or of no shape', () => {
    const { ring } = filled(10);
    for (const id of ['other-2', 'boot-4', 'boot-', 'boot--1', 'boot-1e1', '', 'boot-0x1'])
      expect(ring.after(id, 'ada'), id).toBeUndefined();
  });

  it('forgets the oldest beyond its limit and says so', () => {
    const { ring, texts } = filled(2);
    expect(ring.after('boot-0', 'ada')).toBeUndefined();
    expect(ring.after('boot-1', 'ada')).toEqual(texts.slice(1));
  });

  it('tells each viewer what is for them, also later', () => {
    const ring = new EventRing<string>('boot', 10);
    const text = ring.append('seen', (user) => (user === 'ada' ? { examId: 'e1' } : undefined));
    expect([text('ada'), text('bob')]).toEqual([
      'event: seen\nid: boot-1\ndata: {"examId":"e1"}\n\n',
      '',
    ]);
    expect(ring.after('boot-0', 'bob')).toEqual(['']);
  });
});
