import type { Promised } from './codec.ts';
import { unreadable } from './unreadable-image.ts';

/** What the main header of a JPEG 2000 codestream promises (ITU-T T.800 A.5.1). */
export interface Jpeg2000Header extends Promised {
  signed: boolean;
}

const startOfCodestream = 0xff4f;
const size = 0xff51;
const startOfTilePart = 0xff90;
const endOfCodestream = 0xffd9;

/** A decoder keeps several kilobytes a tile whatever the image's size. */
const mostTiles = 4096;

const cutShort = () => unreadable('the JPEG 2000 codestream is cut short');

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint16(view: DataView, at: number): number {
  if (at + 2 > view.byteLength) throw cutShort();
  return view.getUint16(at);
}

function uint32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw cutShort();
  return view.getUint32(at);
}

/** The codestream itself, which older objects wrap in the boxes of a JP2 file (ITU-T T.800 I.4). */
export function findCodestream(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  if (uint16(view, 0) === startOfCodestream) return bytes;
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = uint32(view, at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    if (type === 'jp2c') return bytes.subarray(at + 8, length === 0 ? undefined : at + length);
    if (length < 8) break;
    at += length;
  }
  throw unreadable('no JPEG 2000 codestream');
}

interface Tiling extends Jpeg2000Header {
  tiles: number;
}

function readSize(view: DataView): Tiling {
  if (uint16(view, 0) !== startOfCodestream || uint16(view, 2) !== size)
    throw unreadable('no JPEG 2000 codestream');
  const number = (place: number) => uint32(view, 8 + 4 * place);
  const [right, bottom, left, top] = [number(0), number(1), number(2), number(3)];
  const [tileWidth, tileHeight, tileLeft, tileTop] = [number(4), number(5), number(6), number(7)];
  const components = uint16(view, 40);
  if (uint16(view, 4) !== 38 + 3 * components)
    throw unreadable('the JPEG 2000 SIZ segment is damaged');
  const depth = uint16(view, 42) >>> 8;
  for (let k = 0; k < components; k++) {
    const [own, across, down] = [0, 1, 2].map((place) => uint16(view, 41 + 3 * k + place) & 0xff);
    if (own !== depth || across !== 1 || down !== 1)
      throw unreadable('the JPEG 2000 components differ in depth or size');
  }
  return {
    rows: bottom - top,
    columns: right - left,
    components,
    precision: (depth & 0x7f) + 1,
    signed: depth >= 0x80,
    tiles: Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight),
  };
}

/** Where the first tile-part begins. */
function skipMainHeader(view: DataView): number {
  let at = 2;
  for (let marker = uint16(view, at); marker !== startOfTilePart; marker = uint16(view, at)) {
    const length = uint16(view, at + 2);
    if (marker >>> 8 !== 0xff || length < 2)
      throw unreadable('the JPEG 2000 main header is damaged');
    at += 2 + length;
  }
  return at;
}

/** Walks from tile-part to tile-part. A decoder would fill in what is missing; an image in part is no image. */
function checkTileParts(view: DataView, tiles: number): void {
  const seen = new Set<number>();
  let at = skipMainHeader(view);
  while (at < view.byteLength && uint16(view, at) === startOfTilePart) {
    const length = uint32(view, at + 6);
    seen.add(uint16(view, at + 4));
    if (length === 0) at = endOf(view);
    else if (length < 14) throw unreadable('a JPEG 2000 tile-part is damaged');
    else at += length;
  }
  const ended = at === view.byteLength || uint16(view, at) === endOfCodestream;
  if (!ended || seen.size !== tiles || Math.max(...seen) >= tiles)
    throw unreadable(`the JPEG 2000 codestream has ${seen.size} of ${tiles} tiles or is cut short`);
}

/** Where the end marker stands of a codestream whose last tile-part does not say how long it is. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 2; at >= view.byteLength - 4 && at > 0; at--)
    if (view.getUint16(at) === endOfCodestream) return at;
  throw cutShort();
}

/** Reads and checks the header and the tile-parts. Throws DATA_SET_UNREADABLE. */
export function readJpeg2000Header(codestream: Uint8Array): Jpeg2000Header {
  const view = viewOf(codestream);
  const { tiles, ...header } = readSize(view);
  if (!(tiles >= 1 && tiles <= mostTiles))
    throw unreadable(`the JPEG 2000 image has ${tiles} tiles`);
  checkTileParts(view, tiles);
  return header;
}
