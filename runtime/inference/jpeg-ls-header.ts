import type { Promised } from './codec.ts';
import { readMarker, readSegment } from './jpeg-header.ts';
import { unreadable } from './unreadable-image.ts';

const startOfImage = 0xd8;
const startOfFrame = 0xf7;

/** What the frame header of a JPEG-LS codestream promises (ITU-T T.87 C.2.2). Throws DATA_SET_UNREADABLE. */
export function readJpegLsHeader(bytes: Uint8Array): Promised {
  let next = readMarker(bytes, 0);
  if (next.marker !== startOfImage) throw unreadable('no JPEG-LS codestream');
  for (;;) {
    next = readMarker(bytes, next.at);
    const segment = readSegment(bytes, next.at);
    if (next.marker === startOfFrame) return readFrame(segment);
    // Frame headers of other JPEG processes; a scan before the frame.
    if ((next.marker >= 0xc0 && next.marker <= 0xcf) || next.marker === 0xda)
      throw unreadable('the codestream is not JPEG-LS');
    next.at += 2 + segment.length;
  }
}

function readFrame(segment: Uint8Array): Promised {
  if (segment.length < 6) throw unreadable('the JPEG-LS frame header is cut short');
  const word = (at: number) => (segment[at]! << 8) | segment[at + 1]!;
  return { precision: segment[0]!, rows: word(1), columns: word(3), components: segment[5]! };
}
