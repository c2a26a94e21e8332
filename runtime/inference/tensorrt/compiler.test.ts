import { expect, it } from 'vitest';
import { type CompilerLimits, passedLimit, readMegabytes } from './compiler.ts';

it('reads what the kernel says of memory', () => {
  const status = 'Name:\tnode\nVmPeak:\t  900000 kB\nVmRSS:\t  262144 kB\n';
  expect(readMegabytes(status, 'VmRSS')).toBe(256);
  expect(readMegabytes('MemAvailable:    1048576 kB\n', 'MemAvailable')).toBe(1024);
  expect(readMegabytes('', 'VmRSS')).toBeUndefined();
});

const limits: CompilerLimits = { ms: 120_000, megabytes: 1000, keepMegabytes: 500 };

it.each([
  [{ ms: 120_000, resident: 1000, available: 500 }, undefined],
  [{ ms: 120_001, resident: 1000, available: 500 }, 'it did not end within 2 min at work'],
  [{ ms: 0, resident: 1001, available: 500 }, 'it took more than 1000 MB of memory'],
  [{ ms: 0, resident: 0, available: 499 }, 'less than 500 MB of memory were left to the machine'],
  [{ ms: 0, resident: undefined, available: undefined }, undefined],
])('of %o says %s', (at, passed) => {
  expect(passedLimit(at, limits)).toBe(passed);
});
