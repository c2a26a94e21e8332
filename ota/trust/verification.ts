import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { dateOf } from '../../device/date.ts';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';

/**
 * Metadata that tuf-js has verified, and nothing else: no file, no network, and the time that we give it. tuf-js reads
 * the machine's clock itself and has no option for another; a test holds this to be honoured.
 */
export function openStore(root: Buffer, now: number): TrustedMetadataStore {
  const store = translated(() => new TrustedMetadataStore(root));
  Object.assign(store, { referenceTime: dateOf(now) });
  return store;
}

/** Runs a step of tuf-js and turns what it throws into codes of ours. */
export function translated<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw new ScansideError(codeOf(cause), cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

/** By class of tuf-js's errors. Everything that is none of them comes of bytes that are not what they must be. */
const codes: Record<string, ErrorCode> = {
  UnsignedMetadataError: 'UPDATE_UNSIGNED',
  ExpiredMetadataError: 'UPDATE_EXPIRED',
  LengthOrHashMismatchError: 'UPDATE_MIXED',
  RepositoryError: 'UPDATE_MIXED',
};

function codeOf(cause: unknown): ErrorCode {
  if (!(cause instanceof Error)) return 'UPDATE_MALFORMED';
  const name = cause.constructor.name;
  if (name !== 'BadVersionError') return codes[name] ?? 'UPDATE_MALFORMED';
  // One class for two things: a version below the one before, and a file that is not the one that was announced.
  return /is less than|Expected version/.test(cause.message)
    ? 'UPDATE_ROLLED_BACK'
    : 'UPDATE_MIXED';
}
