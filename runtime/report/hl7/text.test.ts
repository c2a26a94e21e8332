import { describe, expect, it } from 'vitest';
import { encodeHeader, encodeSegment, escapeText } from './text.ts';

/** What a receiver makes of an escaped text (HL7 v2.5.1 2.7). */
function unescape(text: string): string {
  const delimiters: Record<string, string> = { F: '|', S: '^', R: '~', E: '\\', T: '&' };
  return text.replaceAll(
    /\\(?:([FSRET])|X([\dA-F]{2}))\\/g,
    (_, name: string | undefined, code: string) =>
      name ? delimiters[name]! : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A small generator of our own, so that a failing seed can be named (Park and Miller). */
function randomText(seed: number): string {
  const alphabet = [
    '|',
    '^',
    '~',
    '\\',
    '&',
    '\r',
    '\n',
    '\v',
    '\x1c',
    '\0',
    '\x7f',
    'X',
    'F',
    'é',
    '山',
    '😀',
    ' ',
  ];
  let state = seed;
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  return Array.from({ length: next(24) }, () => alphabet[next(alphabet.length)]!).join('');
}

const seeds = Array.from({ length: 2000 }, (_, at) => at + 1);

describe('a text in a segment', () => {
  it('ends nothing and comes back as it was, whatever is in it', () => {
    for (const seed of seeds) {
      const text = randomText(seed);
      const escaped = escapeText(text);
      expect(escaped, `seed ${seed}`).not.toMatch(/[|^~&]|\p{Cc}/u);
      expect(unescape(escaped), `seed ${seed}`).toBe(text);
    }
  });

  it('is one component among others', () => {
    for (const seed of seeds) {
      const [one, other] = [`a${randomText(seed)}b`, `a${randomText(seed + 5000)}b`];
      const segment = encodeSegment('PID', { 1: one, 3: [one, [other, one], other], 4: other });
      const fields = segment.split('|');
      expect(fields).toHaveLength(5);
      expect(fields[3]!.split('^').map((part) => part.split('&').map(unescape))).toEqual([
        [one],
        [other, one],
        [other],
      ]);
      expect([fields[1], fields[4]].map((field) => unescape(field!))).toEqual([one, other]);
    }
  });

  it('has no character that a reader may take for the end of a line', () => {
    expect(escapeText('a\u0085b\u2028c\u2029d')).toBe('a b c d');
  });

  it('is always well formed', () => {
    expect(escapeText('a\ud83d')).toBe('a\ufffd');
  });
});

describe('a segment', () => {
  it('leaves out what is empty at its end, on every level', () => {
    expect(encodeSegment('PID', { 1: '1', 3: ['', ['', ''], ''], 9: [] })).toBe('PID|1');
    expect(encodeSegment('PID', { 2: { repeats: [] }, 3: ['7', '', ['A', '']] })).toBe(
      'PID|||7^^A',
    );
  });

  it('repeats a field', () => {
    expect(encodeSegment('PID', { 1: { repeats: [['A', 'B'], ['C']] } })).toBe('PID|A^B~C');
  });

  it('begins a message with its delimiters', () => {
    expect(encodeHeader({ 3: 'A', 5: ['B', '1.2', 'ISO'] })).toBe('MSH|^~\\&|A||B^1.2^ISO');
  });
});
