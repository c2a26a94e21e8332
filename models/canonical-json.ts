/** Members in the order of their keys' UTF-16 code units, as RFC 8785 orders them. */
function sortMembers(value: object): [string, unknown][] {
  return Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * JSON in one spelling, to be hashed or compared: sorted keys, no white space. Takes what JSON can hold; `undefined`
 * members are left out.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = sortMembers(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(sortMembers(value).map(([key, member]) => [key, sortKeys(member)]));
}

/**
 * The same for a file that people read: indented, with a line end. Keys that are whole numbers come first, by their
 * value, because an object of JavaScript holds them so; hash `canonicalJson` instead.
 */
export function indentedJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value), null, 2)}\n`;
}
