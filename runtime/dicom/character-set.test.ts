import { describe, expect, it } from 'vitest';
import { decodePersonName, decodeText } from './character-set.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');

/** Names from PS3.5 annexes H, I, J and K, and one for each single-byte set. */
const names: [string, string[], string, string][] = [
  ['no set', [], 'Doe^Jane', 'Doe^Jane'],
  ['Latin 1', ['ISO_IR 100'], 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
  ['Latin 1, misspelt', ['ISO-IR_100'], 'J\xe9', 'Jé'],
  ['Latin 2', ['ISO_IR 101'], 'Wa\xb3\xeasa', 'Wałęsa'],
  ['Latin 3', ['ISO_IR 109'], '\xa6a\xfdi', 'Ĥaŭi'],
  ['Latin 4', ['ISO_IR 110'], 'B\xear\xfei\xf1\xf0', 'Bęrūiņđ'],
  ['Cyrillic', ['ISO_IR 144'], '\xbb\xee\xda', 'Люк'],
  ['Arabic', ['ISO_IR 127'], '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1', 'قباني^لنزار'],
  ['Greek', ['ISO_IR 126'], '\xc4\xe9\xef\xed', 'Διον'],
  ['Hebrew', ['ISO_IR 138'], '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4', 'שרון^דבורה'],
  ['Latin 5', ['ISO_IR 148'], '\xdeim\xfeek', 'Şimşek'],
  ['Thai', ['ISO_IR 166'], '\xca\xc1\xaa\xd2\xc2', 'สมชาย'],
  ['Katakana', ['ISO_IR 13'], '\xd4\xcf\xc0\xde^\xc0\xdb\xb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['Unicode', ['ISO_IR 192'], 'Wang=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1', 'Wang=王^小東'],
  ['GB18030', ['GB18030'], 'Wang=\xcd\xf5^\xd0\xa1\xb6\xab', 'Wang=王^小东'],
  ['GBK', ['GBK'], 'Wang=\xcd\xf5^\xd0\xa1\xb6\xab', 'Wang=王^小东'],
  [
    'Kanji by escape',
    ['', 'ISO 2022 IR 87'],
    'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'Katakana and Kanji by escape',
    ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
    '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
  ],
  ['JIS X 0212 by escape', ['', 'ISO 2022 IR 159'], '\x1b$(D\x30\x21\x1b(B', '丂'],
  [
    'Hangul by escape',
    ['', 'ISO 2022 IR 149'],
    'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'simplified Chinese by escape',
    ['', 'ISO 2022 IR 58'],
    'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['two single-byte sets', ['ISO 2022 IR 100', 'ISO 2022 IR 144'], '\xe9\x1b-L\xbb', 'éЛ'],
];

describe('person names', () => {
  it.each(names)('are decoded from %s', (_name, charset, bytes, text) => {
    expect(decodePersonName(latin(bytes), charset)).toEqual({ text, lossy: false });
  });
});

describe('what was designated', () => {
  const sets = ['ISO 2022 IR 100', 'ISO 2022 IR 144'];

  it('ends at a backslash, a line and, in a name only, a caret or an equals sign', () => {
    expect(decodeText(latin('\x1b-L\xbb\\\xe9'), sets).text).toBe('Л\\é');
    expect(decodeText(latin('\x1b-L\xbb\r\n\xe9'), sets).text).toBe('Л\r\né');
    expect(decodePersonName(latin('\x1b-L\xbb^\xe9'), sets).text).toBe('Л^é');
    expect(decodePersonName(latin('\x1b-L\xbb=\xe9'), sets).text).toBe('Л=é');
    expect(decodeText(latin('\x1b-L\xbb^\xbb'), sets).text).toBe('Л^Л');
  });

  it('does not end at a byte of a Kanji that looks like a delimiter', () => {
    const text = latin('\x1b$B\x3d\x5c\x1b(B^A');
    expect(decodePersonName(text, ['', 'ISO 2022 IR 87']).text).toBe('旬^A');
  });
});

describe('what cannot be decoded', () => {
  it.each([
    ['a byte above ASCII without a set', [], 'J\xe9r\xf4me', 'J\ufffdr\ufffdme'],
    ['an unknown set', ['ISO_IR 999'], 'A\xe9', 'A\ufffd'],
    ['half a character', ['', 'ISO 2022 IR 149'], '\x1b$)C\xfb', '\ufffd'],
    ['an unknown escape sequence', ['', 'ISO 2022 IR 87'], '\x1b$zA', '\ufffd$zA'],
    ['broken UTF-8', ['ISO_IR 192'], 'A\xe7\x8e', 'A\ufffd'],
  ])('is marked: %s', (_name, charset, bytes, text) => {
    expect(decodeText(latin(bytes), charset)).toEqual({ text, lossy: true });
  });
});

it.each(['constructor', '__proto__', 'ISO_IR 0', 'toString'])(
  'takes %s, which is no character set, for ASCII',
  (term) => {
    expect(decodeText(latin('J\xe9'), [term])).toEqual({ text: 'J\ufffd', lossy: true });
  },
);
