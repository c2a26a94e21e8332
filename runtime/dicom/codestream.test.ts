import { describe, expect, it } from 'vitest';
import { makeJpeg } from '../../tests/jpeg-bytes.ts';
import { framesWithoutRemarks } from './codestream.ts';

const jpegBaseline = '1.2.840.10008.1.2.4.50';
const jpeg2000 = '1.2.840.10008.1.2.4.90';
const rle = '1.2.840.10008.1.2.5';
const remark = Buffer.from('MUSTERMANN');

function segment(marker: number, payload: Uint8Array): Buffer {
  const length = payload.length + 2;
  return Buffer.concat([Buffer.of(0xff, marker, length >> 8, length & 255), payload]);
}

/** A tile part with its header, data and length; `isOpen`: it goes on to the end of the picture. */
function tilePart(header: Buffer[], isOpen = false): Buffer {
  const rest = Buffer.concat([...header, Buffer.of(0xff, 0x93), Buffer.from('data of a tile')]);
  const start = Buffer.alloc(12);
  start.writeUInt32BE(0xff90000a, 0);
  start.writeUInt32BE(isOpen ? 0 : 12 + rest.length, 6);
  return Buffer.concat([start, rest]);
}

function codestream(mainHeader: Buffer[], tiles: Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(0xff, 0x4f), ...mainHeader, ...tiles, Buffer.of(0xff, 0xd9)]);
}

const size = segment(0x51, Buffer.alloc(38));
const comment = segment(0x64, remark);

describe('the frames of coded pixel data', () => {
  it('are the bytes themselves where they carry no remarks', () => {
    const picture = makeJpeg();
    expect(framesWithoutRemarks([picture], jpegBaseline, 1)).toEqual([picture]);
    const other = codestream([size], [tilePart([]), tilePart([])]);
    expect(framesWithoutRemarks([other], jpeg2000, 1)).toEqual([other]);
  });

  it('are joined from their fragments', () => {
    const [one, two] = [makeJpeg({ greys: [1] }), makeJpeg({ greys: [2] })];
    const fragments = [one.subarray(0, 40), one.subarray(40), two];
    expect(framesWithoutRemarks(fragments, jpegBaseline, 2)).toEqual([one, two]);
    expect(framesWithoutRemarks([remark, remark], rle, 1)).toEqual([
      Buffer.concat([remark, remark]),
    ]);
  });

  it.each<[string, string, Buffer, Buffer]>([
    ['a comment', jpegBaseline, makeJpeg({ segments: [[0xfe, 'MUSTERMANN']] }), makeJpeg()],
    ['what follows', jpegBaseline, Buffer.concat([makeJpeg(), remark]), makeJpeg()],
    ['between scans', jpegBaseline, twoScans(remarkSegment()), twoScans(Buffer.of())],
    [
      'in the main header',
      jpeg2000,
      codestream([size, comment], [tilePart([])]),
      codestream([size], [tilePart([])]),
    ],
    [
      'in a tile',
      jpeg2000,
      codestream([size], [tilePart([comment]), tilePart([])]),
      codestream([size], [tilePart([]), tilePart([])]),
    ],
    [
      'after the end',
      jpeg2000,
      Buffer.concat([codestream([size], [tilePart([], true)]), remark]),
      codestream([size], [withLength(tilePart([], true))]),
    ],
  ])('lose a remark: %s', (_where, syntax, coded, clean) => {
    expect(coded.includes(remark)).toBe(true);
    expect(framesWithoutRemarks([coded], syntax, 1)).toEqual([clean]);
  });

  it.each<[string, string, Buffer[], number, RegExp]>([
    ['a video', '1.2.840.10008.1.2.4.102', [remark], 1, /not supported/],
    ['another number of frames', jpegBaseline, [makeJpeg()], 2, /1 pictures for 2 frames/],
    ['no beginning', jpegBaseline, [remark], 1, /does not begin/],
    ['a JPEG that is cut', jpegBaseline, [makeJpeg().subarray(0, -2)], 1, /cut short/],
    [
      'a tile that is cut',
      jpeg2000,
      [codestream([size], [tilePart([])]).subarray(0, -9)],
      1,
      /cut/,
    ],
  ])('are refused with %s', (_what, syntax, fragments, frames, message) => {
    expect(() => framesWithoutRemarks(fragments, syntax, frames)).toThrow(message);
  });

  it('are refused or cleaned, and nothing else, wherever a stream is cut', () => {
    const streams: [string, Buffer][] = [
      [jpegBaseline, makeJpeg({ segments: [[0xfe, 'x']] })],
      [jpeg2000, codestream([size, comment], [tilePart([comment])])],
    ];
    for (const [syntax, bytes] of streams)
      for (let at = 0; at < bytes.length; at++)
        expect(() => framesWithoutRemarks([bytes.subarray(0, at)], syntax, 1)).toThrow(
          /^IMAGE_REFUSED/,
        );
  });
});

function remarkSegment(): Buffer {
  return segment(0xfe, remark);
}

/** The scan of a picture twice, as a progressive one has it. */
function twoScans(between: Buffer): Buffer {
  const picture = makeJpeg();
  const scan = picture.subarray(picture.indexOf(Buffer.of(0xff, 0xda)), -2);
  return Buffer.concat([picture.subarray(0, -2), between, scan, Buffer.of(0xff, 0xd9)]);
}

function withLength(tile: Buffer): Buffer {
  tile.writeUInt32BE(tile.length, 6);
  return tile;
}
