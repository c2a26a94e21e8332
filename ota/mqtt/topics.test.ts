import { describe, expect, it } from 'vitest';
import { deviceIdForm, downTopic, downTopics, parseTopic, upTopic, upTopics } from './topics.ts';

describe('topics', () => {
  it('are read as they are made', () => {
    for (const name of upTopics)
      expect(parseTopic(upTopic('ct-7', name))).toEqual({ device: 'ct-7', direction: 'up', name });
    for (const name of downTopics)
      expect(parseTopic(downTopic('a', name))).toEqual({ device: 'a', direction: 'down', name });
  });

  it.each([
    'v2/ct-7/up/birth',
    'v1/ct-7/up/desired',
    'v1/ct-7/down/birth',
    'v1/ct-7/up/birth/more',
    'v1/ct-7/up',
    'v1/+/up/birth',
    'v1//up/birth',
    'v1/ct-7/up/__proto__',
    '',
  ])('are refused where they are none: %j', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });

  it.each(['a', 'ct-7', '0', 'a'.repeat(64)])('take the name %j', (name) => {
    expect(deviceIdForm.test(name)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'A', 'a/b', '#', '+', 'a b', 'a.b', 'ü', 'a\n', 'a'.repeat(65)])(
    'do not take the name %j',
    (name) => {
      expect(deviceIdForm.test(name)).toBe(false);
    },
  );
});
