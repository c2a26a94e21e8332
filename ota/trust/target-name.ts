import { ScansideError } from '../../device/errors.ts';

/** Parts of a-z, 0-9, dot, dash and underline that begin with no dot, between slashes; 200 characters at most. */
const allowed = /^(?=.{1,200}$)[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** The name of a target. Throws TARGET_NAME_REFUSED for one that could lead out of a folder or hide in it. */
export function checkTargetName(name: string): string {
  if (allowed.test(name)) return name;
  throw new ScansideError('TARGET_NAME_REFUSED', JSON.stringify(name.slice(0, 80)));
}
