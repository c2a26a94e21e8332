import type { ComponentChildren } from 'preact';
import type { Catalogue, CountId, WordId } from './words/catalogue.ts';

export type Values = Readonly<Record<string, string | number>>;

/** Says things in the language of the page. */
export interface Say {
  (id: WordId, values?: Values): string;
  /** The same with elements for values. */
  parts(id: WordId, values: Readonly<Record<string, ComponentChildren>>): ComponentChildren[];
  /** The form of a word for a number, which stands in it as `{n}`. */
  count(id: CountId, n: number, values?: Values): string;
  /** A code of a closed list as `PREFIX.CODE`; a code that is not known is shown as it is. */
  code(prefix: string, code: string): string;
  /** Wall time as hours, minutes and seconds; milliseconds since 1970 UTC. */
  time(at: number): string;
  /** The same with its day. */
  day(at: number): string;
  number(value: number, digits?: number): string;
  /** A share of 1 in percent. */
  percent(share: number, digits?: number): string;
  readonly language: string;
}

/** What writes numbers and times in a language. */
interface Formats {
  plural: Intl.PluralRules;
  time: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
  /** By the digits after the point. */
  numbers: Map<string, Intl.NumberFormat>;
}

/** Each format is made once: to make one costs more than to write a whole card with it. */
const formats = new Map<string, Formats>();

function formatsOf(language: string, timeZone: string): Formats {
  const name = `${language} ${timeZone}`;
  const made = formats.get(name) ?? makeFormats(language, timeZone);
  formats.set(name, made);
  return made;
}

function makeFormats(language: string, timeZone: string): Formats {
  const clock = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone,
  } as const;
  const date = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  return {
    plural: new Intl.PluralRules(language),
    time: new Intl.DateTimeFormat(language, clock),
    day: new Intl.DateTimeFormat(language, { ...clock, ...date }),
    numbers: new Map(),
  };
}

function writeNumber(
  numbers: Formats['numbers'],
  language: string,
  style: 'decimal' | 'percent',
  maximumFractionDigits: number,
  value: number,
): string {
  const name = `${style} ${maximumFractionDigits}`;
  const format =
    numbers.get(name) ?? new Intl.NumberFormat(language, { style, maximumFractionDigits });
  numbers.set(name, format);
  return format.format(value);
}

/** `language`: BCP 47; `timeZone`: IANA name. */
export function createSay(words: Catalogue, language: string, timeZone: string): Say {
  const { plural, time, day, numbers } = formatsOf(language, timeZone);
  const word = (id: string, values: Values) => fill(words[id] ?? id, values);
  const number = (value: number, digits = 0) =>
    writeNumber(numbers, language, 'decimal', digits, value);
  const say = (id: WordId, values: Values = {}) => word(id, values);
  return Object.assign(say, {
    parts: (id: WordId, values: Readonly<Record<string, ComponentChildren>>) =>
      (words[id] ?? id).split(/\{(\w+)\}/).map((part, i) => (i % 2 ? values[part] : part)),
    count: (id: CountId, n: number, values: Values = {}) => {
      const form = `${id}.${plural.select(n)}`;
      return word(form in words ? form : `${id}.other`, { ...values, n: number(n) });
    },
    code: (prefix: string, code: string) => words[`${prefix}.${code}`] ?? code,
    time: (at: number) => time.format(at),
    day: (at: number) => day.format(at),
    number,
    percent: (share: number, digits = 0) =>
      writeNumber(numbers, language, 'percent', digits, share),
    language,
  });
}

/** Puts values in the place of `{name}`. */
export function fill(text: string, values: Values): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

let said: Say | undefined;

/** Sets the language of the page that is drawn from now on; see `setDrawn`. */
export function setSaid(say: Say): void {
  said = say;
}

export function useSay(): Say {
  if (!said) throw new Error('useSay outside of the page');
  return said;
}
