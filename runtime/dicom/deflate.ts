import { constants, inflateRawSync } from 'node:zlib';
import { ScansideError } from '../../device/errors.ts';

/** The start of a data set: `cut` says that more was there than may be read. */
export interface Start {
  bytes: Uint8Array;
  cut: boolean;
}

/**
 * Inflates a deflated data set (PS3.5 A.5) of which perhaps only a prefix is there: all of it, or at most `cap` bytes
 * and nearly that many. zlib has no synchronous call that stops at a length, so the longest input that stays within
 * the cap is found by bisection; no attempt allocates more than the cap. Throws DATA_SET_UNREADABLE on damage.
 */
export function inflateWithin(bytes: Uint8Array, cap: number): Start {
  const whole = tryInflate(bytes, cap);
  if (whole) return { bytes: whole, cut: false };
  let longest: Uint8Array = new Uint8Array(0);
  let fitting = 0;
  let tooLong = bytes.length;
  while (tooLong - fitting > 1) {
    const length = (fitting + tooLong) >> 1;
    const inflated = tryInflate(bytes.subarray(0, length), cap);
    if (inflated) [longest, fitting] = [inflated, length];
    else tooLong = length;
  }
  return { bytes: longest, cut: true };
}

/** Inflates a whole data set; undefined where that would be longer than `cap`. Throws DATA_SET_UNREADABLE on damage. */
export function tryInflate(bytes: Uint8Array, cap: number): Uint8Array | undefined {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: cap });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw new ScansideError('DATA_SET_UNREADABLE', 'the deflated bytes are damaged', {
      cause: error,
    });
  }
}
