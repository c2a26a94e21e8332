import { ScansideError } from '../../device/errors.ts';

/** An image that cannot be read, and why; `detail` is shown to people and must name no patient. */
export function unreadable(detail: string, cause?: unknown): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', detail, cause === undefined ? {} : { cause });
}
