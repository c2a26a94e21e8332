import { describe, expect, it } from 'vitest';
import { makeJpeg } from '../../tests/jpeg-bytes.ts';
import { readJpeg } from './jpeg.ts';
import { greyJpeg } from './jpeg-luminance.ts';
import { readBlocks } from './jpeg-scan.ts';

const greys = [0, 3, -3, 61, -64, 1, 0, 5, 60, 59, -2, 7];
const size = { rows: 20, columns: 28 };

function greysOf(bytes: Uint8Array): number[] {
  const found: number[] = [];
  readBlocks(readJpeg(bytes), (_component, _row, _column, { dc }) => found.push(dc));
  return found;
}

describe('the grey picture of a JPEG', () => {
  it('is the file itself where it is grey', () => {
    const bytes = makeJpeg({ ...size, greys });
    expect(greyJpeg(bytes)).toEqual({ ...size, bytes });
    expect(greysOf(bytes)).toEqual(greys);
  });

  it.each([0, 1, 3])('keeps its luminance where its colour is empty, restarting by %d', (every) => {
    const bytes = makeJpeg({ ...size, greys, chrominance: 0, restartInterval: every });
    const grey = greyJpeg(bytes);
    expect(grey).toMatchObject(size);
    expect(readJpeg(grey.bytes).components).toHaveLength(1);
    expect(greysOf(grey.bytes)).toEqual(greys);
  });

  it.each([
    ['a comment', 0xfe, 'MUSTERMANN'],
    ['Exif', 0xe1, 'Exif\0\0MUSTERMANN'],
    ['a thumbnail', 0xe0, 'JFXX\0MUSTERMANN'],
  ])('leaves %s out', (_what, marker, payload) => {
    const grey = greyJpeg(makeJpeg({ ...size, greys, segments: [[marker, payload]] }));
    expect(Buffer.from(grey.bytes).includes('MUSTERMANN')).toBe(false);
    expect(greysOf(grey.bytes)).toEqual(greys);
  });
});

describe('a JPEG is refused', () => {
  const sound = makeJpeg({ ...size, greys });
  it.each<[string, Uint8Array, RegExp]>([
    ['in colour', makeJpeg({ chrominance: 1 }), /in colour/],
    ['if progressive', makeJpeg({ frame: 0xc2 }), /progressive; only the baseline/],
    ['if lossless', makeJpeg({ frame: 0xc3 }), /lossless/],
    ['with 12 bits', makeJpeg({ precision: 12 }), /12 bits/],
    ['without rows', makeJpeg({ rows: 0 }), /no rows/],
    ['without restart markers it announces', withoutRestarts(), /restart markers/],
    ['that claims more than it can hold', claiming(0xffff), /ends before its last row/],
    ['if it is none', Buffer.from('GIF89a'), /does not begin/],
    ['if empty', Buffer.of(), /does not begin/],
    ['without its end', sound.subarray(0, -2), /end marker/],
    ['if it ends early all the same', early(sound), /ends before its last row/],
  ])('%s', (_why, bytes, message) => {
    expect(() => greyJpeg(bytes)).toThrow(message);
  });

  it('or read, and never anything else, wherever it is cut or changed', () => {
    for (let at = 0; at < sound.length; at++) {
      expect(isRefusedOrRead(sound.subarray(0, at)), `cut at ${at}`).toBe(true);
      for (const byte of [0, 1, 0x7f, 0xff]) {
        const changed = Buffer.from(sound);
        changed[at] = byte;
        expect(isRefusedOrRead(changed), `byte ${at} is ${byte}`).toBe(true);
      }
    }
  });
});

function withoutRestarts(): Buffer {
  const bytes = makeJpeg({ restartInterval: 1 });
  const at = bytes.indexOf(Buffer.of(0xff, 0xd0));
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 2)]);
}

function claiming(side: number): Buffer {
  const bytes = makeJpeg();
  const frame = bytes.indexOf(Buffer.of(0xff, 0xc0));
  bytes.writeUInt16BE(side, frame + 5);
  bytes.writeUInt16BE(side, frame + 7);
  return bytes;
}

function early(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -6), bytes.subarray(-2)]);
}

function isRefusedOrRead(bytes: Uint8Array): boolean {
  try {
    return greyJpeg(bytes).rows > 0;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('IMAGE_REFUSED');
  }
}
