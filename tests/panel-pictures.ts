import { crc32, deflateSync } from 'node:zlib';
import type { ImageView, Picture } from '../panel/exam-detail.ts';

/** Stored value at a place of an image, both from -1 to 1. */
export type Subject = (x: number, y: number) => number;

export function imageView(change: Partial<ImageView> = {}): ImageView {
  return {
    id: 'i1',
    number: 1,
    rows: 64,
    columns: 64,
    signed: false,
    slope: 1,
    intercept: 0,
    inverted: false,
    windows: [{ name: 'as-stored', center: 2048, width: 4096 }],
    aspect: 1,
    etag: 'i1-a',
    ...change,
  };
}

/** A preview of a made-up subject, in the form that an `ImageView` tells of. */
export function previewOf({ rows, columns, signed, etag }: ImageView, subject: Subject): Picture {
  const bytes = Buffer.alloc(2 * rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const value = subject((2 * column + 1) / columns - 1, (2 * row + 1) / rows - 1);
      const at = 2 * (row * columns + column);
      if (signed) bytes.writeInt16LE(Math.round(value), at);
      else bytes.writeUInt16LE(Math.round(value), at);
    }
  return { type: 'application/octet-stream', bytes, etag };
}

/** An ellipse as a share from 0 outside to 1 within, with a soft edge. */
function ellipse(x: number, y: number, [cx, cy, rx, ry]: number[], soft = 0.08): number {
  const far = Math.hypot((x - (cx ?? 0)) / (rx ?? 1), (y - (cy ?? 0)) / (ry ?? 1));
  return Math.min(1, Math.max(0, (1 - far) / soft + 0.5));
}

/** Something like a chest from the front, 12 bits: two lungs, a heart, ribs, and an opacity. */
export const chest: Subject = (x, y) => {
  const body = ellipse(x, y + 0.1, [0, 0.3, 0.92, 1.4]);
  const lungs =
    ellipse(x, y, [-0.42, 0, 0.33, 0.66], 0.2) + ellipse(x, y, [0.42, 0, 0.33, 0.66], 0.2);
  const heart = ellipse(x, y, [0.16, 0.3, 0.34, 0.3], 0.3);
  const spine = ellipse(x, y, [0, 0, 0.09, 1.2], 0.5);
  const ribs = 0.5 + 0.5 * Math.cos(15 * (y + 0.35 * Math.abs(x) ** 1.6));
  const opacity = ellipse(x, y, [-0.45, 0.25, 0.12, 0.1], 0.9);
  const inLung = Math.min(1, lungs) * (1 - 0.9 * heart);
  const grain = 14 * Math.sin(931 * x + 517 * y) * Math.sin(677 * x - 811 * y);
  return (
    140 +
    body * (1500 - 1000 * inLung + 500 * spine + 170 * ribs ** 3 * body + 420 * opacity * inLung) +
    heart * 260 +
    grain
  );
};

/** Something like a slice of a head in Hounsfield units, at a height from -1 to 1, with a bleeding at the middle. */
export function head(height: number): Subject {
  const size = Math.sqrt(1 - 0.5 * height * height);
  return (x, y) => {
    const skull = ellipse(x, y, [0, 0, 0.72 * size, 0.86 * size], 0.03);
    const brain = ellipse(x, y, [0, 0, 0.66 * size, 0.8 * size], 0.03);
    const ventricle =
      ellipse(x, y, [-0.12, -0.05, 0.06, 0.24 * size], 0.4) +
      ellipse(x, y, [0.12, -0.05, 0.06, 0.24 * size], 0.4);
    const bleeding =
      ellipse(x, y, [0.34, 0.12, 0.16, 0.12], 0.5) * Math.max(0, 1 - 3 * Math.abs(height));
    const folds =
      4 * Math.sin(26 * x + 6 * Math.sin(9 * y)) * Math.sin(23 * y + 5 * Math.sin(11 * x));
    const grain = 3 * Math.sin(1931 * x + 2517 * y) * Math.sin(1677 * x - 811 * y);
    if (skull === 0) return -1000;
    return (
      -1000 * (1 - skull) +
      skull *
        (900 * (1 - brain) + brain * (34 + folds - 26 * Math.min(1, ventricle) + 34 * bleeding)) +
      grain
    );
  };
}

/** A transparent picture with one spot at a place from -1 to 1, as a model's reaction is given. */
export function spotPng(size: number, at: { x: number; y: number }, radius: number): Picture {
  return pngOf(size, size, 4, (x, y) => {
    const near = Math.max(0, 1 - Math.hypot(x - at.x, y - at.y) / radius);
    return [255, 90, 30, Math.round(255 * near)];
  });
}

/** A grey picture of 192 on its longer side, as the list shows it. */
export function thumbnailOf(subject: Subject, [low, high]: [number, number]): Picture {
  return pngOf(192, 192, 1, (x, y) => [
    Math.min(255, Math.max(0, (255 * (subject(x, y) - low)) / (high - low))),
  ]);
}

/** PNG with 8 bits for each of its samples: 1 is grey, 4 is red, green, blue and opacity (ISO/IEC 15948). */
function pngOf(
  rows: number,
  columns: number,
  samples: 1 | 4,
  colour: (x: number, y: number) => number[],
): Picture {
  const stride = 1 + columns * samples;
  const lines = Buffer.alloc(rows * stride);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      lines.set(
        colour((2 * column + 1) / columns - 1, (2 * row + 1) / rows - 1),
        row * stride + 1 + column * samples,
      );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header.set([8, samples === 1 ? 0 : 6], 8);
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { type: 'image/png', bytes, etag: `png-${crc32(bytes)}` };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
