import { expect, it } from 'vitest';
import { placeInWaves, readWaves } from './wave-list.ts';

const sizes = (text: string, count: number) => {
  const places = placeInWaves(readWaves(text), count);
  return Array.from(
    { length: Math.max(...places) + 1 },
    (_, wave) => places.filter((each) => each === wave).length,
  );
};

it('places a fleet in waves that go further each', () => {
  expect(sizes('1,5%,25%,100%', 1000)).toEqual([1, 49, 200, 750]);
});

it('leaves out waves that a small fleet cannot fill', () => {
  expect(sizes('1,5%,25%,100%', 3)).toEqual([1, 2]);
  expect(sizes('1,5%,25%,100%', 1)).toEqual([1]);
  expect(placeInWaves(readWaves('100%'), 0)).toEqual([]);
});

it.each(['', '1,5%', '0,100%', '101%', 'all', '-1,100%', '1,,100%'])('refuses %j', (text) => {
  expect(() => readWaves(text)).toThrow(expect.objectContaining({ code: 'ROLLOUT_REFUSED' }));
});
