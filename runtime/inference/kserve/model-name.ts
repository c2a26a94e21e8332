import { ScansideError } from '../../../device/errors.ts';

/** Of a network's name: bundle, version of the bundle, member from 1. */
const parts = /^(?<bundle>.+)\.(?<version>\d+\.\d+\.\d+)\.(?<member>\d+)$/;

/**
 * The server's name for a network such as `chest-child.1.0.0.1`: `{bundle}`, `{version}`, `{member}` and `{name}` of
 * the pattern are filled in. Throws CONFIG_INVALID for a pattern that asks for what the name does not have.
 */
export function nameOnServer(pattern: string, name: string): string {
  const known = new Map(Object.entries({ ...parts.exec(name)?.groups, name }));
  return pattern.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = known.get(key);
    if (value !== undefined) return value;
    throw new ScansideError('CONFIG_INVALID', `the pattern ${pattern}: ${name} has no {${key}}`);
  });
}
