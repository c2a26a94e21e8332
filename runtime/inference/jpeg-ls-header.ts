import type { Promised } from './codec.ts';
import { readMarker, readSegment } from './jpeg-header.ts';
import { unreadable } from './unreadable-image.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const restartInterval = 0xdd;
const startOfFrame = 0xf7;
const parameterSegment = 0xf8;

/** Preset coding parameters (ITU-T T.87 C.2.4.1.1); 0 stands for the default. */
interface Preset {
  maximum: number;
  thresholds: [number, number, number];
  reset: number;
}

/** What there is to know before the bits of a scan (ITU-T T.87 C.2.2, C.2.3). */
export interface JpegLsScan {
  frame: Promised;
  preset: Preset;
  /** Places of its components in the frame. */
  components: number[];
  near: number;
  /** Whether components alternate by line or by sample. */
  interleave: 'none' | 'line' | 'sample';
  /** Where the bits begin. */
  at: number;
}

/** What was read before the scan that is being looked for. */
export interface JpegLsState {
  frame?: Promised;
  identifiers: number[];
  preset: Preset;
}

export const noState = (): JpegLsState => ({
  identifiers: [],
  preset: { maximum: 0, thresholds: [0, 0, 0], reset: 0 },
});

/** A byte or a big-endian word of a segment. Throws where the segment is too short. */
function number(segment: Uint8Array, at: number, size: 1 | 2): number {
  if (at + size > segment.length) throw unreadable('a JPEG-LS marker segment is cut short');
  return size === 1 ? segment[at]! : (segment[at]! << 8) | segment[at + 1]!;
}

function readFrame(segment: Uint8Array, state: JpegLsState): void {
  if (state.frame) throw unreadable('the JPEG-LS codestream has two frame headers');
  const components = number(segment, 5, 1);
  state.frame = {
    precision: number(segment, 0, 1),
    rows: number(segment, 1, 2),
    columns: number(segment, 3, 2),
    components,
  };
  state.identifiers = Array.from({ length: components }, (_, k) => number(segment, 6 + 3 * k, 1));
  if (state.identifiers.some((_, k) => number(segment, 7 + 3 * k, 1) !== 0x11))
    throw unreadable('the JPEG-LS components are subsampled');
}

function readPreset(segment: Uint8Array): Preset {
  if (number(segment, 0, 1) !== 1) throw unreadable('a JPEG-LS mapping table or oversize image');
  const [maximum = 0, one = 0, two = 0, three = 0, reset = 0] = [0, 1, 2, 3, 4].map((k) =>
    number(segment, 1 + 2 * k, 2),
  );
  return { maximum, thresholds: [one, two, three], reset };
}

function readScan(segment: Uint8Array, at: number, state: JpegLsState): JpegLsScan {
  const { frame, identifiers, preset } = state;
  if (!frame) throw unreadable('a JPEG-LS scan comes before the frame header');
  const count = number(segment, 0, 1);
  const components = Array.from({ length: count }, (_, k) =>
    identifiers.indexOf(number(segment, 1 + 2 * k, 1)),
  );
  const isMapped = components.some((_, k) => number(segment, 2 + 2 * k, 1) !== 0);
  const [near, mode, transform] = [1, 2, 3].map((k) => number(segment, 2 * count + k, 1));
  const interleave = (['none', 'line', 'sample'] as const)[mode ?? 3];
  const isOne = count === 1 || interleave !== 'none';
  if (components.includes(-1) || count < 1 || !interleave || !isOne || isMapped || transform !== 0)
    throw unreadable('the JPEG-LS scan header is damaged or asks for what is not known');
  return { frame, preset, components, near: near ?? 0, interleave, at };
}

/** The header of the first scan from `at` on; undefined at the end of the image. Throws DATA_SET_UNREADABLE. */
export function findJpegLsScan(
  bytes: Uint8Array,
  at: number,
  state: JpegLsState,
): JpegLsScan | undefined {
  for (let next = at; next < bytes.length;) {
    const found = readMarker(bytes, next);
    if (found.marker === endOfImage) return undefined;
    const segment = readSegment(bytes, found.at);
    next = found.at + 2 + segment.length;
    if (found.marker === startOfScan) return readScan(segment, next, state);
    if (found.marker === startOfFrame) readFrame(segment, state);
    else if (found.marker === parameterSegment) state.preset = readPreset(segment);
    else if (found.marker === restartInterval || (found.marker & 0xf0) === 0xc0)
      throw unreadable('the codestream is not JPEG-LS, or has restart intervals');
  }
  return undefined;
}

/** Where the segments begin. */
export function readStart(bytes: Uint8Array): number {
  const { marker, at } = readMarker(bytes, 0);
  if (marker !== startOfImage) throw unreadable('no JPEG-LS codestream');
  return at;
}
