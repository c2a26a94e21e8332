import { describe, expect, it } from 'vitest';
import { trimPadding, trimPaddingEnd } from './padding.ts';

describe('padding', () => {
  it.each([
    ['', '', ''],
    [' \0 ', '', ''],
    ['1.2\0', '1.2', '1.2'],
    ['  A B \0 ', '  A B', 'A B'],
    ['\0A', '\0A', 'A'],
    ['\tA\n', '\tA\n', '\tA\n'],
  ])('of %j is taken off', (text, atEnd, atBoth) => {
    expect(trimPaddingEnd(text)).toBe(atEnd);
    expect(trimPadding(text)).toBe(atBoth);
  });
});
