import { createHash } from 'node:crypto';

/** SHA-256, hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The digest of every field of a JSON value by its path, such as `steps[2].checks[0].facts.address`; of what is empty
 * too, so that nothing can be added unseen.
 */
export function fieldDigests(value: unknown, path = ''): Record<string, string> {
  const inner = membersOf(value).map(([name, member]) => fieldDigests(member, join(path, name)));
  if (inner.length > 0) return Object.assign({}, ...inner) as Record<string, string>;
  return { [path]: sha256(JSON.stringify(value) ?? 'undefined') };
}

function membersOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((member, at) => [at, member]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function join(path: string, name: string | number): string {
  if (typeof name === 'number') return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** The paths of fields that differ, are missing or were added. */
export function differingFields(
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  const paths = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...paths].filter((path) => expected[path] !== found[path]);
}
