import { expect, it } from 'vitest';
import type { Picture } from '../../panel/exam-detail.ts';
import { RecentPictures } from './recent-pictures.ts';

const picture = (length: number): Picture => ({
  type: 'image/png',
  bytes: new Uint8Array(length),
  etag: '',
});

it('forgets what was not asked for longest', () => {
  const recent = new RecentPictures(10);
  recent.add('a', picture(4));
  recent.add('b', picture(4));
  expect(recent.get('a')).toBeDefined();
  recent.add('c', picture(4));
  expect([recent.get('a'), recent.get('b'), recent.get('c')].map(Boolean)).toEqual([
    true,
    false,
    true,
  ]);
  expect(recent.bytes).toBe(8);
});

it('counts a picture once, and keeps none that is larger than all it may keep', () => {
  const recent = new RecentPictures(10);
  recent.add('a', picture(4));
  recent.add('a', picture(6));
  expect(recent.bytes).toBe(6);
  recent.add('b', picture(11));
  expect([recent.get('a'), recent.get('b'), recent.bytes]).toEqual([undefined, undefined, 0]);
});

it('forgets those of one study', () => {
  const recent = new RecentPictures(10);
  recent.add('2.25.1 a', picture(2));
  recent.add('2.25.12 a', picture(2));
  recent.deleteAll('2.25.1 ');
  expect([recent.get('2.25.1 a'), recent.get('2.25.12 a')].map(Boolean)).toEqual([false, true]);
  expect(recent.bytes).toBe(2);
});
