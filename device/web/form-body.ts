/** The fields of a form or of a JSON body; only texts, each once. */
export type Fields = Readonly<Record<string, string>>;

const mostFields = 20;
const longestField = 512;

/** Fields of an `application/x-www-form-urlencoded` body; undefined for one that no form of ours sends. */
export function parseForm(body: string): Fields | undefined {
  const pairs = [...new URLSearchParams(body)];
  return readFields(Object.fromEntries(pairs), pairs.length);
}

/** Fields of a parsed body; undefined where it is no object of texts. */
export function readFields(body: unknown, count?: number): Fields | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const entries = Object.entries(body as Record<string, unknown>);
  const isGood = entries.every(([, v]) => typeof v === 'string' && v.length <= longestField);
  if (!isGood || entries.length > mostFields || entries.length !== (count ?? entries.length))
    return undefined;
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(entries)));
}
