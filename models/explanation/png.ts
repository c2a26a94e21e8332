import { crc32, deflateSync } from 'node:zlib';

/** A picture of 8-bit red, green and blue, row by row; one byte for a pixel where that is said. */
export interface Picture {
  rows: number;
  columns: number;
  bytes: Uint8Array;
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Grey, truecolour, place in a palette (ISO/IEC 15948, 11.2.1). */
type ColourType = 0 | 2 | 3;

/** Length, type, data and a checksum of type and data (5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Every row begins with its filter: 0, none (9.2). */
function plainRows({ rows, bytes }: Picture, stride: number): Uint8Array {
  const filtered = new Uint8Array(rows * (stride + 1));
  for (let row = 0; row < rows; row++)
    filtered.set(bytes.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  return filtered;
}

/** Filter 2, up: each byte as its difference from the one above, which packs better where a pixel is one byte. */
function differingRows({ rows, bytes }: Picture, stride: number): Uint8Array {
  const filtered = new Uint8Array(rows * (stride + 1));
  for (let row = 0; row < rows; row++) {
    filtered[row * (stride + 1)] = 2;
    for (let at = row * stride; at < (row + 1) * stride; at++)
      filtered[at + row + 1] = bytes[at]! - (bytes[at - stride] ?? 0);
  }
  return filtered;
}

/** Bit depth 8, deflate, adaptive filters, not interlaced (11.2.1). */
function encode(picture: Picture, type: ColourType, more: readonly Buffer[]): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.columns, 0);
  header.writeUInt32BE(picture.rows, 4);
  header.set([8, type], 8);
  const { columns } = picture;
  const rows = type === 2 ? plainRows(picture, 3 * columns) : differingRows(picture, columns);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Encodes a picture as PNG (ISO/IEC 15948). It bears nothing but the pixels. */
export function encodePng(picture: Picture): Uint8Array {
  return encode(picture, 2, []);
}

/**
 * The same of a picture with one byte for a pixel: its brightness, or its place in a palette of red, green, blue and
 * opacity (11.2.3, 11.3.2.1).
 */
export function encodeGreyPng(picture: Picture, palette?: Uint8Array): Uint8Array {
  if (!palette) return encode(picture, 0, []);
  const colours = palette.filter((_, at) => at % 4 < 3);
  const opacities = palette.filter((_, at) => at % 4 === 3);
  return encode(picture, 3, [chunk('PLTE', colours), chunk('tRNS', opacities)]);
}
