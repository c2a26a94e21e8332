import type { Language } from '../../settings.ts';
import { aboutWords } from './about.ts';
import { actWords } from './acts.ts';
import { accessWords } from './access.ts';
import { conditionWords } from './conditions.ts';
import { deviceWords } from './device.ts';
import { examWords } from './exam.ts';
import { frameWords } from './frame.ts';
import { listWords } from './list.ts';
import { modelWords } from './models.ts';
import { qualityWords } from './quality.ts';
import { serviceWords } from './service.ts';

/** The words of an area in every language, under the same keys. */
export type Words<Key extends string> = Record<Language, Record<Key, string>>;

/** Every area of words. A word's id is `area.key`. */
export const areas = {
  about: aboutWords,
  acts: actWords,
  access: accessWords,
  conditions: conditionWords,
  device: deviceWords,
  exam: examWords,
  frame: frameWords,
  list: listWords,
  models: modelWords,
  quality: qualityWords,
  service: serviceWords,
};

type Areas = typeof areas;

/** Ids of all words. */
export type WordId = {
  [Area in keyof Areas]: `${Area & string}.${keyof Areas[Area]['en'] & string}`;
}[keyof Areas];

/** Ids of words that depend on a number: `ID.one`, `ID.other` and what else a language needs. */
export type CountId = WordId extends infer Id
  ? Id extends `${infer Stem}.other`
    ? Stem
    : never
  : never;

export type Catalogue = Readonly<Record<string, string>>;

const catalogues = new Map<Language, Catalogue>();

/** All words of a language by id. */
export function catalogueOf(language: Language): Catalogue {
  const made = catalogues.get(language) ?? gather(language);
  catalogues.set(language, made);
  return made;
}

function gather(language: Language): Catalogue {
  const entries = Object.entries(areas).flatMap(([area, words]) =>
    Object.entries(words[language]).map(([key, text]) => [`${area}.${key}`, text] as const),
  );
  return Object.fromEntries(entries);
}
