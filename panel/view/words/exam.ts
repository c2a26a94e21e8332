import { examWordsDe } from './exam-de.ts';
import { examWordsEn } from './exam-en.ts';
import { examWordsEs } from './exam-es.ts';
import { examWordsJa } from './exam-ja.ts';

/** Words of an exam's own page and of the viewer. */
export const examWords = {
  en: examWordsEn,
  de: examWordsDe,
  es: examWordsEs,
  ja: examWordsJa,
};
