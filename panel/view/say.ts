import { createContext } from 'preact';
import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
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

/** `language`: BCP 47; `timeZone`: IANA name. */
export function createSay(words: Catalogue, language: string, timeZone: string): Say {
  const plural = new Intl.PluralRules(language);
  const clock = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  } as const;
  const time = new Intl.DateTimeFormat(language, { ...clock, timeZone });
  const day = new Intl.DateTimeFormat(language, {
    ...clock,
    dateStyle: undefined,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    timeZone,
  });
  const word = (id: string, values: Values) => fill(words[id] ?? id, values);
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
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
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(
        share,
      ),
    language,
  });
}

/** Puts values in the place of `{name}`. */
export function fill(text: string, values: Values): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const SayContext = createContext<Say | undefined>(undefined);

export const SayProvider = SayContext.Provider;

export function useSay(): Say {
  const say = useContext(SayContext);
  if (!say) throw new Error('useSay outside of the page');
  return say;
}
