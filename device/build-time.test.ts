import { expect, it } from 'vitest';
import { MemoryDisk } from '../tests/faults/memory-disk.ts';
import { readBuildTime } from './build-time.ts';

it.each([
  ['{"builtAt":1798761600000}', 1_798_761_600_000],
  ['{"builtAt":"soon"}', 0],
  ['{}', 0],
])('reads %s as %i', (text, at) => {
  const files = new MemoryDisk();
  files.replace('/program/built.json', text);
  expect(readBuildTime(files, '/program')).toBe(at);
});

it('knows no time where the program runs from its sources', () => {
  expect(readBuildTime(new MemoryDisk(), '/program')).toBe(0);
});
