import type { Catalogue } from './catalogue.ts';

const accents: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  n: 'ñ',
  c: 'ç',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
};

/**
 * A language that nobody speaks, to see what is not translated and what does not fit: accented, in brackets, and 40 %
 * longer. Placeholders stay as they are.
 */
export function pseudoCatalogue(english: Catalogue): Catalogue {
  return Object.fromEntries(Object.entries(english).map(([id, text]) => [id, pseudo(text)]));
}

function pseudo(text: string): string {
  const parts = text.split(/(\{\w+\})/);
  const accented = parts.map((part) => (part.startsWith('{') ? part : accent(part))).join('');
  return `[${accented}${longer(Math.ceil(text.length * 0.4))}]`;
}

/** More length in words, as a longer language has it: one run of it would be a word that no language has. */
function longer(length: number): string {
  return '~'.repeat(length).replaceAll(/(~{8})(?=~)/g, '$1 ');
}

function accent(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => accents[letter] ?? letter);
}
