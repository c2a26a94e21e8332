import { unreadable } from './unreadable-image.ts';

const headerLength = 64;
const mostSegments = 15;

/** Expands one PackBits segment into every `step`th byte from `at`; returns nothing but throws where it falls short. */
function expandSegment(
  segment: Uint8Array,
  target: Uint8Array,
  first: number,
  step: number,
  count: number,
): void {
  let [from, done] = [0, 0];
  while (done < count) {
    if (from >= segment.length)
      throw unreadable(`an RLE segment ends after ${done} of ${count} bytes`);
    const control = segment[from++]!;
    if (control === 128) continue;
    const isRun = control > 128;
    const length = Math.min(count - done, isRun ? 257 - control : control + 1);
    if (from + (isRun ? 1 : length) > segment.length)
      throw unreadable('an RLE segment ends inside a run');
    for (let k = 0; k < length; k++)
      target[first + (done + k) * step] = segment[isRun ? from : from + k]!;
    from += isRun ? 1 : control + 1;
    done += length;
  }
}

/** The segments of a frame by the offsets in its header (PS3.5 G.5). */
function splitSegments(frame: Uint8Array, expected: number): Uint8Array[] {
  if (frame.length < headerLength) throw unreadable('the RLE header is cut short');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = view.getUint32(0, true);
  if (count !== expected || count > mostSegments)
    throw unreadable(`the RLE header names ${count} segments; ${expected} are due`);
  const offsets = Array.from({ length: count }, (_, at) => view.getUint32(4 + 4 * at, true));
  offsets.push(frame.length);
  return offsets.slice(0, -1).map((start, at) => {
    const end = offsets[at + 1] ?? 0;
    if (start < headerLength || end < start || end > frame.length)
      throw unreadable('the RLE header has an impossible offset');
    return frame.subarray(start, end);
  });
}

/**
 * Decodes one RLE frame (PS3.5 annex G): one segment a byte of a sample, the most significant first. The result is
 * little endian, sample after sample. Throws DATA_SET_UNREADABLE.
 */
export function decodeRle(
  frame: Uint8Array,
  { pixels, samples, bytes }: { pixels: number; samples: number; bytes: number },
): Uint8Array {
  const segments = splitSegments(frame, samples * bytes);
  const target = new Uint8Array(pixels * samples * bytes);
  for (const [at, segment] of segments.entries()) {
    const [sample, byte] = [Math.floor(at / bytes), at % bytes];
    const first = sample * pixels * bytes + (bytes - 1 - byte);
    expandSegment(segment, target, first, bytes, pixels);
  }
  return target;
}
