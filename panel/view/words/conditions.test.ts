import { expect, test } from 'vitest';
import { conditions } from '../../../device/conditions.ts';
import { languages } from '../../settings.ts';
import { conditionWords } from './conditions.ts';

const placeholders = (text: string) =>
  (text.match(/\{\w+\}/g) ?? []).toSorted((a, b) => a.localeCompare(b));

test('the English words are those of the table', () => {
  for (const [id, { text, remedy }] of Object.entries(conditions))
    expect(conditionWords.en).toMatchObject({ [id]: text, [`${id}.remedy`]: remedy });
});

test.each(languages)(
  'in %s every condition has its words, with the values of the table',
  (language) => {
    const words: Record<string, string> = conditionWords[language];
    const english: Record<string, string> = conditionWords.en;
    expect(Object.keys(words)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(words)) {
      expect(text, key).not.toBe('');
      expect(placeholders(text), key).toEqual(placeholders(english[key] ?? ''));
    }
  },
);

test.each(languages.filter((language) => language !== 'en'))(
  'nothing in %s is left in English',
  (language) => {
    const words: Record<string, string> = conditionWords[language];
    const english: Record<string, string> = conditionWords.en;
    expect(Object.keys(words).filter((key) => words[key] === english[key])).toEqual([]);
  },
);
