import { crc32, deflateSync } from 'node:zlib';

/** A picture of 8-bit red, green and blue, row by row. */
export interface Picture {
  rows: number;
  columns: number;
  bytes: Uint8Array;
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Bit depth 8, colour type 2 (truecolour), deflate, adaptive filters, not interlaced (ISO/IEC 15948, 11.2.1). */
const headerTail = [8, 2, 0, 0, 0];

/** Length, type, data and a checksum of type and data (5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Every row begins with its filter: 0, none (9.2). */
function filterRows({ rows, columns, bytes }: Picture): Uint8Array {
  const stride = 3 * columns;
  const filtered = new Uint8Array(rows * (stride + 1));
  for (let row = 0; row < rows; row++)
    filtered.set(bytes.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  return filtered;
}

/** Encodes a picture as PNG (ISO/IEC 15948). It bears nothing but the pixels. */
export function encodePng(picture: Picture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.columns, 0);
  header.writeUInt32BE(picture.rows, 4);
  header.set(headerTail, 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filterRows(picture))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
