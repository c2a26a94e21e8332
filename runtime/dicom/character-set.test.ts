import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { characterSetTerms, decodeAscii, decodePersonName, decodeText } from './character-set.ts';

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
    expect(decodePersonName(latin(bytes), charset)).toEqual({ text, doubtful: false });
  });
});

describe('texts', () => {
  it.each([
    [
      'Hangul designated line by line (PS3.5 I.3)',
      '\\ISO 2022 IR 149',
      '\x1b$)CThe first line includes \xb1\xe6\xb5\xbf.\r\n\x1b$)CThe second line includes \xb1\xe6\xb5\xbf, too.\r\nThe third line.',
      'The first line includes 길동.\r\nThe second line includes 길동, too.\r\nThe third line.',
    ],
    [
      'simplified Chinese designated line by line (PS3.5 K.3)',
      '\\ISO 2022 IR 58',
      'The first line includes \x1b$)A\xd5\xc5\xd0\xa1\xb6\xab.\r\n\x1b$)A\xb5\xda\xb6\xfe\xd0\xd0\xce\xc4\xd7\xd6.\r\nThe third line.',
      'The first line includes 张小东.\r\n第二行文字.\r\nThe third line.',
    ],
    [
      'Unicode (PS3.5 J.2)',
      'ISO_IR 192',
      'The first line includes \xe4\xb8\xad\xe6\x96\x87.\r\nThe third line.',
      'The first line includes 中文.\r\nThe third line.',
    ],
    [
      'GB18030 (PS3.5 J.4)',
      'GB18030',
      'The first line includes \xd6\xd0\xce\xc4.\r\nThe third line.',
      'The first line includes 中文.\r\nThe third line.',
    ],
    ['GBK beyond GB 2312', 'GBK', '\x96\x7c\x81\x40', '東丂'],
  ])('are decoded: %s', (_name, charset, bytes, text) => {
    expect(decodeText(latin(bytes), charset.split('\\'))).toEqual({ text, doubtful: false });
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

describe('bytes that mean nothing', () => {
  it.each([
    ['beyond what a set has', ['ISO_IR 127'], 'A\xff', 'A<FF>'],
    ['a control character', ['ISO_IR 101'], 'A\x85', 'A<85>'],
    ['half a character', ['', 'ISO 2022 IR 149'], '\x1b$)C\xfb', '<FB>'],
    ['half a character before a delimiter', ['', 'ISO 2022 IR 149'], '\x1b$)C\xfb^A', '<FB>^A'],
    [
      'a place of the set that is empty',
      ['', 'ISO 2022 IR 87'],
      '\x1b$B\x29\x21\x1b(B',
      '<29><21>',
    ],
    ['an unknown escape sequence', ['', 'ISO 2022 IR 87'], '\x1b$zA', '<1B>$zA'],
    ['an escape at the end', ['', 'ISO 2022 IR 87'], 'A\x1b', 'A<1B>'],
    ['UTF-8 cut off', ['ISO_IR 192'], 'A\xe7\x8e\x8b\xe5\xb0', 'A王<E5><B0>'],
    ['Latin 1 that calls itself UTF-8', ['ISO_IR 192'], 'J\xe9r\xf4me', 'J<E9>r<F4>me'],
    ['GB18030 cut off', ['GB18030'], '\xcd\xf5^\xd0', '王^<D0>'],
    [
      'GB18030 of four bytes, sound and cut off',
      ['GB18030'],
      '\x81\x39\xef\x30\x81\x39',
      '㐁<81>9',
    ],
  ])('stand by their value: %s', (_name, charset, bytes, text) => {
    expect(decodeText(latin(bytes), charset)).toEqual({ text, doubtful: true });
  });

  it('keep two names apart that differ in nothing else', () => {
    const [one, other] = ['\xff', '\xfe'].map(
      (byte) => decodeText(latin(byte), ['ISO_IR 127']).text,
    );
    expect(one).not.toBe(other);
  });
});

describe('a text beyond ASCII without a set that is known', () => {
  const terms = [
    [],
    [''],
    ['ISO_IR 999'],
    ['constructor'],
    ['__proto__'],
    ['ISO_IR 0'],
    ['toString'],
  ];

  it.each(terms)('is guessed to be UTF-8 or Windows-1252: %j', (...charset) => {
    expect(decodeText(latin('J\xe9\x92'), charset)).toEqual({ text: 'Jé’', doubtful: true });
    const text = '王^小東';
    expect(decodeText(Buffer.from(text), charset)).toEqual({ text, doubtful: true });
    expect(decodeText(latin('Jane'), charset)).toEqual({ text: 'Jane', doubtful: false });
  });

  it('has no control characters', () => {
    expect(decodeText(latin('\xe9\x81'), []).text).toBe('é<81>');
  });

  it('is decoded by its escape sequences where it has some', () => {
    expect(decodeText(latin('\x1b$B;3\x1b(B'), []).text).toBe('山');
  });
});

describe('what the field writes', () => {
  it.each([
    ['iso_ir 100', 'J\xe9', 'Jé'],
    ['ISO IR 100', 'J\xe9', 'Jé'],
    ['ISO_IR192', '\xc3\xa9', 'é'],
    ['UTF-8', '\xc3\xa9', 'é'],
    ['gb18030', '\xcd\xf5', '王'],
    ['GB2312', '\xcd\xf5', '王'],
  ])('is understood: %s', (term, bytes, text) => {
    expect(decodeText(latin(bytes), [term])).toEqual({ text, doubtful: false });
  });

  it('is understood where a double-byte set is named and designated once, or never', () => {
    const once = latin('\x1b$)C\xc8\xab^\xb1\xe6');
    expect(decodePersonName(once, ['', 'ISO 2022 IR 149']).text).toBe('홍^길');
    expect(decodePersonName(latin('\xc8\xab'), ['ISO 2022 IR 149']).text).toBe('홍');
  });
});

describe('what no set governs', () => {
  it('is ASCII, and every other byte stands by its value', () => {
    expect(decodeAscii(latin('ORIGINAL\\\xe9'))).toBe('ORIGINAL\\<E9>');
  });
});

describe('noise', () => {
  it('is decoded from every set without a throw and without U+FFFD', () => {
    for (const charset of [...characterSetTerms.map((term) => [term]), ['', 'ISO 2022 IR 87']]) {
      const hash = createHash('shake256', { outputLength: 4000 });
      const bytes = hash.update(charset.join()).digest();
      const { text, doubtful } = decodePersonName(bytes, charset);
      expect([text.includes('\ufffd'), doubtful, text.length > 1000]).toEqual([false, true, true]);
    }
  });
});
