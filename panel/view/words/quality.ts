import { english } from './quality/english.ts';
import { german } from './quality/german.ts';
import { japanese } from './quality/japanese.ts';
import { spanish } from './quality/spanish.ts';

/** Words of the page on how good AI is here. */
export const qualityWords = { en: english, de: german, es: spanish, ja: japanese };
