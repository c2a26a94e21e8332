/** One component of a field: a text, or its subcomponents. */
export type Component = string | readonly string[];

/** One field: a text, the components of its one value, or of several. */
export type Field = string | readonly Component[] | { repeats: readonly (readonly Component[])[] };

/** The fields of a segment by their number in the standard; what is left out is empty. */
export type Fields = Readonly<Record<number, Field>>;

/** The delimiters in their order of MSH-1 and MSH-2 (HL7 v2.5.1 2.5.4), and the escape sequences for them (2.7.1). */
const escapes: Record<string, string> = {
  '|': '\\F\\',
  '^': '\\S\\',
  '~': '\\R\\',
  '\\': '\\E\\',
  '&': '\\T\\',
};

/**
 * A text that can end neither its component nor its segment, whatever is in it (HL7 v2.5.1 2.7). Delimiters and the
 * control characters of ASCII become escape sequences. Other characters that some reader takes for the end of a line
 * have none, mean nothing in a name and become spaces; half a surrogate pair becomes U+FFFD.
 */
export function escapeText(text: string): string {
  return text.toWellFormed().replaceAll(/[|^~\\&]|\p{Cc}|\p{Zl}|\p{Zp}/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0x7f) return ' ';
  return escapes[character] ?? `\\X${code.toString(16).toUpperCase().padStart(2, '0')}\\`;
}

/** A segment without the carriage return that ends it. */
export function encodeSegment(name: string, fields: Fields): string {
  return [name, ...encodeFields(fields, 1)].join('|');
}

/** The message header, which says its delimiters itself; `fields` begins with MSH-3 (HL7 v2.5.1 2.15.9). */
export function encodeHeader(fields: Fields): string {
  return ['MSH', '^~\\&', ...encodeFields(fields, 3)].join('|');
}

function encodeFields(fields: Fields, first: number): string[] {
  const last = Math.max(...Object.keys(fields).map(Number));
  const all = Array.from({ length: last - first + 1 }, (_, at) => encodeField(fields[first + at]));
  return withoutTail(all);
}

function encodeField(field: Field | undefined): string {
  if (field === undefined) return '';
  if (typeof field === 'string') return escapeText(field);
  const values: readonly (readonly Component[])[] = 'repeats' in field ? field.repeats : [field];
  return values.map((value) => withoutTail(value.map(encodeComponent)).join('^')).join('~');
}

function encodeComponent(component: Component): string {
  return typeof component === 'string'
    ? escapeText(component)
    : withoutTail(component.map(escapeText)).join('&');
}

/** Trailing empty parts are not written (HL7 v2.5.1 2.6). */
function withoutTail(parts: readonly string[]): string[] {
  return parts.slice(0, parts.findLastIndex((part) => part !== '') + 1);
}
