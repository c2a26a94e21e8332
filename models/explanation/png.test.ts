import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { blank, black, drawRing, white, write } from './canvas.ts';
import { encodePng, type Picture } from './png.ts';
import { drawSheet } from './sheet.ts';

const random = seededRandom(9, 'png');

function noise(rows: number, columns: number): Picture {
  const bytes = Uint8Array.from({ length: 3 * rows * columns }, () => random.uniform(0, 256));
  return { rows, columns, bytes };
}

/** Bit by bit, as in ISO/IEC 15948, annex D. */
function checksum(bytes: Uint8Array): number {
  let state = 0xffff_ffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0xedb8_8320 : 0);
  }
  return (state ^ 0xffff_ffff) >>> 0;
}

function chunksOf(png: Buffer): [string, Buffer][] {
  const chunks: [string, Buffer][] = [];
  for (let at = 8; at < png.length;) {
    const end = at + 8 + png.readUInt32BE(at);
    expect(png.readUInt32BE(end)).toBe(checksum(png.subarray(at + 4, end)));
    chunks.push([png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, end)]);
    at = end + 4;
  }
  return chunks;
}

describe('a PNG', () => {
  it.each([
    [1, 1],
    [3, 7],
    [40, 25],
  ])('of %i × %i holds its pixels and nothing else', (rows, columns) => {
    const picture = noise(rows, columns);
    const png = Buffer.from(encodePng(picture));
    expect(png.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'));
    const [header, data, end, ...more] = chunksOf(png);
    expect([header?.[0], data?.[0], end?.[0], more.length]).toEqual(['IHDR', 'IDAT', 'IEND', 0]);
    expect(header?.[1].readUInt32BE(0)).toBe(columns);
    expect(header?.[1].readUInt32BE(4)).toBe(rows);
    const lines = inflateSync(data![1]);
    const stride = 3 * columns + 1;
    for (let row = 0; row < rows; row++) {
      const line = lines.subarray(row * stride, (row + 1) * stride);
      expect(line[0]).toBe(0);
      const own = picture.bytes.subarray(row * (stride - 1), (row + 1) * (stride - 1));
      expect(line.subarray(1).equals(own)).toBe(true);
    }
  });
});

describe('drawing', () => {
  const dots = (picture: Picture) =>
    Array.from({ length: picture.rows }, (_, row) =>
      Array.from({ length: picture.columns }, (_x, column) =>
        picture.bytes[3 * (row * picture.columns + column)] === 255 ? '#' : '.',
      ).join(''),
    );

  it('writes letters', () => {
    const picture = blank(7, 12, black);
    write(picture, 'a1', { row: 0, column: 0 }, { colour: white, scale: 1 });
    expect(dots(picture)).toEqual([
      '.###....#...',
      '#...#..##...',
      '#...#...#...',
      '#####...#...',
      '#...#...#...',
      '#...#...#...',
      '#...#..###..',
    ]);
  });

  it('leaves out what lies outside', () => {
    const picture = blank(5, 5, black);
    drawRing(picture, { row: 0, column: 0 }, 3);
    expect(dots(picture)[0]).toBe('...#.');
    expect(dots(picture)[3]).toBe('###..');
  });
});

describe('a sheet', () => {
  const input = { rows: 8, columns: 16, values: Float32Array.from({ length: 128 }, (_, at) => at) };
  const flat = { rows: 8, columns: 16, values: new Float32Array(128) };
  const strong = { ...flat, values: flat.values.map((_, at) => (at < 64 ? 1 : -1)) };
  const peak = { row: 2, column: 8 };
  const words = { warnings: [], above: [], below: [], size: 240 };

  /** Red, green and blue of a pixel. */
  function colourAt(sheet: Picture, row: number, column: number): number[] {
    const at = 3 * (row * sheet.columns + column);
    return [...sheet.bytes.subarray(at, at + 3)];
  }

  it('shows grey where nothing speaks, warm where something is for, and cold where it is against', () => {
    const layers = [
      { title: 'flat', map: flat, peak },
      { title: 'strong', map: strong, peak },
    ];
    const sheet = drawSheet({ ...words, input, layers });
    const [top, left, right] = [14 + 7 + 22, 14 + 5, 14 + 336 + 14 + 5];
    const [red, green, blue] = colourAt(sheet, top + 5, right);
    expect([red, green]).toEqual([green, blue]);
    const second = top + 120 + 4 + 12 + 14 + 22;
    const warm = colourAt(sheet, second + 5, left);
    const cold = colourAt(sheet, second + 115, left);
    expect(warm[0]).toBeGreaterThan(warm[2]! + 30);
    expect(cold[2]).toBeGreaterThan(cold[0]! + 30);
  });

  it('grows with what is written on it and keeps every word', () => {
    const one = drawSheet({ ...words, input, layers: [], below: ['short'] });
    const long = drawSheet({ ...words, input, layers: [], below: ['word '.repeat(40)] });
    expect(long.columns).toBe(one.columns);
    expect(long.rows).toBeGreaterThan(one.rows + 100);
  });
});
