import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { explicitVrBigEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { readFrames } from '../../runtime/inference/pixels.ts';
import { bytes8, colour8, imageOf, openObject, plain, readObject, words } from './pixel-object.ts';

const rle = '1.2.840.10008.1.2.5';
const deflatedFrames = '1.2.840.10008.1.2.8.1';
const jpegLossless = '1.2.840.10008.1.2.4.70';

/** One RLE frame of three 8-bit pixels of one value (PS3.5 annex G). */
function rleFrame(value: number): Uint8Array {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  return Buffer.concat([header, Buffer.from([254, value])]);
}

describe('frames', () => {
  const three = {
    ...bytes8,
    NumberOfFrames: '3',
    PixelData: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  };

  it('are read one by one, in any order', async () => {
    const pixels = await openObject(three);
    expect(pixels.frames).toBe(3);
    const [last, first] = [await pixels.read(2), await pixels.read(0)];
    expect(last).toMatchObject({ image: { values: Float32Array.of(7, 8, 9) } });
    expect(first).toMatchObject({ image: { values: Float32Array.of(1, 2, 3) } });
  });

  it('are read one after another', async () => {
    const seen: number[] = [];
    for await (const reading of readFrames(await openObject(three)))
      if (reading.state === 'read') seen.push(reading.image.values[0]!);
    expect(seen).toEqual([1, 4, 7]);
  });

  it('that are damaged leave the others readable', async () => {
    const fragments = [new Uint8Array(0), rleFrame(4), new Uint8Array(64), rleFrame(6)];
    const pixels = await openObject({ ...bytes8, NumberOfFrames: '3', fragments }, rle);
    expect(await pixels.read(1)).toMatchObject({ reason: 'unreadable' });
    expect(await pixels.read(2)).toMatchObject({ image: { values: Float32Array.of(6, 6, 6) } });
  });

  it('that are not there are a reason', async () => {
    expect(await readObject(three, undefined, 3)).toMatchObject({ reason: 'unreadable' });
    expect(await readObject(three, undefined, -1)).toMatchObject({ reason: 'unreadable' });
  });

  it('are all there, or none is read', async () => {
    for (const count of ['4', '2147483647'])
      expect(await readObject({ ...three, NumberOfFrames: count })).toMatchObject({
        reason: 'unreadable',
        detail: expect.stringContaining('Pixel Data has 10 of'),
      });
  });

  it('deflated one by one are inflated one by one, and not further than they may be long', async () => {
    const frames = [[1, 2, 3], [4, 5, 6], Array<number>(90_000).fill(7)];
    const fragments = frames.map((frame) => deflateRawSync(Uint8Array.from(frame)));
    const object = { ...bytes8, NumberOfFrames: '3', fragments: [new Uint8Array(0), ...fragments] };
    const pixels = await openObject(object, deflatedFrames);
    expect(await pixels.read(1)).toMatchObject({ image: { values: Float32Array.of(4, 5, 6) } });
    expect(await pixels.read(2)).toMatchObject({ reason: 'unreadable' });
  });

  it('of single bits need not begin at a byte', async () => {
    const bits = { ...plain, BitsAllocated: 1, BitsStored: 1, HighBit: 0, NumberOfFrames: '4' };
    const pixels = await openObject({ ...bits, PixelData: Uint8Array.of(0b1010_1001, 0b1011) });
    const values = await Promise.all([0, 1, 2, 3].map((frame) => pixels.read(frame)));
    expect(values.map((one) => one.state === 'read' && [...one.image.values])).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [0, 1, 1],
      [1, 0, 1],
    ]);
  });
});

describe('pixel data in the wrong clothes', () => {
  it('are taken where they are one codestream without its items', async () => {
    const bare = { ...bytes8, PixelData: rleFrame(5) };
    expect((await imageOf(bare, rle)).values).toEqual(Float32Array.of(5, 5, 5));
  });

  it.each([
    [
      'in fragments in a native transfer syntax',
      { ...bytes8, fragments: [rleFrame(5)] },
      undefined,
    ],
    ['no fragment', { ...bytes8, fragments: [] }, rle],
    ['an offset table alone', { ...bytes8, fragments: [new Uint8Array(0)] }, rle],
    ['native in an encapsulated transfer syntax', bytes8, jpegLossless],
    ['empty', { ...bytes8, fragments: [new Uint8Array(0), new Uint8Array(0)] }, jpegLossless],
  ])('are a reason: %s', async (_, object, uid) => {
    expect(await readObject(object, uid)).toMatchObject({ reason: 'unreadable' });
  });

  it('are refused before anything is allocated where they would be too large', async () => {
    const huge = {
      ...bytes8,
      Rows: 60_000,
      Columns: 60_000,
      fragments: [new Uint8Array(0), rleFrame(1)],
    };
    expect(await readObject(huge, rle)).toMatchObject({
      detail: expect.stringContaining('14400000000 bytes; 1048576 are allowed'),
    });
  });
});

describe('colours', () => {
  const pixels = Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80, 90);

  it('come as RGB, pixel after pixel', async () => {
    const image = await imageOf({ ...colour8, PixelData: pixels });
    expect([image.photometric, ...image.values]).toEqual(['RGB', ...pixels]);
    const planar = await imageOf({
      ...colour8,
      PlanarConfiguration: 1,
      PixelData: Uint8Array.of(10, 40, 70, 20, 50, 80, 30, 60, 90),
    });
    expect(planar.values).toEqual(image.values);
  });

  it('of YBR_FULL are converted (PS3.3 C.7.6.3.1.2)', async () => {
    const image = await imageOf({
      ...colour8,
      PhotometricInterpretation: 'YBR_FULL',
      PixelData: Uint8Array.of(100, 128, 128, 76, 85, 255, 29, 255, 107),
    });
    expect([...image.values]).toEqual([100, 100, 100, 254, 0, 0, 0, 0, 254]);
  });

  it('of YBR_FULL_422 share chrominances by twos', async () => {
    const image = await imageOf({
      ...colour8,
      Columns: 2,
      PhotometricInterpretation: 'YBR_FULL_422',
      PixelData: Uint8Array.of(100, 50, 128, 128),
    });
    expect([...image.values]).toEqual([100, 100, 100, 50, 50, 50]);
  });

  it('of a palette are looked up', async () => {
    const palette = (...entries: number[]) => words(...entries.map((entry) => entry * 257));
    const image = await imageOf({
      ...bytes8,
      PhotometricInterpretation: 'PALETTE COLOR',
      PixelData: Uint8Array.of(0, 1, 9),
      RedPaletteColorLookupTableDescriptor: words(2, 0, 16),
      GreenPaletteColorLookupTableDescriptor: words(2, 0, 16),
      BluePaletteColorLookupTableDescriptor: words(2, 0, 16),
      RedPaletteColorLookupTableData: palette(1, 2),
      GreenPaletteColorLookupTableData: palette(3, 4),
      BluePaletteColorLookupTableData: palette(5, 6),
    });
    expect([...image.values].map((value) => value / 257)).toEqual([1, 3, 5, 2, 4, 6, 2, 4, 6]);
    expect(image.range).toEqual([0, 65_535]);
  });

  it('of 8 bits in words are turned round with them in big endian', async () => {
    const bigEndian = await imageOf({ ...colour8, PixelData: pixels }, explicitVrBigEndian);
    expect([...bigEndian.values]).toEqual([...pixels]);
  });
});

describe('what is said of pixels', () => {
  it('comes with them', async () => {
    const image = await imageOf({
      ...plain,
      PixelRepresentation: 1,
      PixelPaddingValue: 63_536,
      PixelPaddingRangeLimit: 63_540,
      WindowCenter: '40\\50',
      WindowWidth: '400\\500',
      VOILUTFunction: 'SIGMOID',
      PixelSpacing: '0.5\\0.25',
      ImagePositionPatient: '1\\2\\3.5',
      ImageOrientationPatient: '1\\0\\0\\0\\1\\0',
      SliceThickness: '5',
      PatientOrientation: 'L\\F',
    });
    expect(image).toMatchObject({
      padding: [-2000, -1996],
      voi: { centre: 40, width: 400, function: 'sigmoid' },
      geometry: {
        spacing: { rows: 0.5, columns: 0.25, within: 'patient' },
        position: [1, 2, 3.5],
        orientation: [1, 0, 0, 0, 1, 0],
        thickness: 5,
        patientOrientation: ['L', 'F'],
      },
    });
  });

  it.each([
    ['patient', { PixelSpacing: '1\\1', ImagerPixelSpacing: '2\\2' }],
    ['detector', { ImagerPixelSpacing: '2\\2', NominalScannedPixelSpacing: '3\\3' }],
    ['film', { NominalScannedPixelSpacing: '3\\3', PixelSpacing: '0\\1' }],
  ])('spacing is that of the %s where it is there', async (within, attributes) => {
    const { geometry } = await imageOf({ ...plain, ...attributes });
    expect(geometry?.spacing?.within).toBe(within);
  });

  it.each([
    ['a width below 1', { WindowCenter: '5', WindowWidth: '0.5' }],
    ['no width', { WindowCenter: '5' }],
    ['an unknown function', { WindowCenter: '5', WindowWidth: '9', VOILUTFunction: 'CUBIC' }],
  ])('a window that is none is left out: %s', async (_, attributes) => {
    expect((await imageOf({ ...plain, ...attributes })).voi).toBeUndefined();
  });

  const table = { LUTDescriptor: words(3, 65_534, 12), LUTData: words(5, 6, 4095) };

  it('is a modality LUT whose first value may be negative', async () => {
    const signed = { ...plain, PixelRepresentation: 1, ModalityLUTSequence: [table] };
    expect((await imageOf(signed)).modalityLut).toEqual({
      first: -2,
      entries: Uint16Array.of(5, 6, 4095),
      bits: 12,
    });
    const { modalityLut } = await imageOf({ ...plain, ModalityLUTSequence: [table] });
    expect(modalityLut?.first).toBe(65_534);
  });

  it('is a VOI LUT before a window, with a byte for an entry where it has no more', async () => {
    const bytes = { LUTDescriptor: words(3, 0, 8), LUTData: Uint8Array.of(7, 8, 9, 0) };
    const both = { ...plain, VOILUTSequence: [bytes], WindowCenter: '5', WindowWidth: '9' };
    expect((await imageOf(both)).voi).toEqual({
      first: 0,
      entries: Uint16Array.of(7, 8, 9),
      bits: 8,
    });
  });

  it.each([
    ['4 of 6 bytes', { ...table, LUTData: words(1, 2) }],
    ['names 17 bits', { ...table, LUTDescriptor: words(3, 0, 17) }],
    ['is missing', { LUTData: words(1) }],
  ])('cannot be read where a table is damaged: %s', async (detail, damaged) => {
    expect(await readObject({ ...plain, ModalityLUTSequence: [damaged] })).toMatchObject({
      reason: 'unreadable',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('functional groups (PS3.3 C.7.6.16)', () => {
  const transformation = (slope: string) => [{ RescaleSlope: slope, RescaleIntercept: '-1024' }];
  const object = {
    ...bytes8,
    NumberOfFrames: '2',
    PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6),
    WindowCenter: '1',
    WindowWidth: '2',
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [{ PixelSpacing: '0.7\\0.7', SliceThickness: '3' }],
        PlaneOrientationSequence: [{ ImageOrientationPatient: '1\\0\\0\\0\\1\\0' }],
        PixelValueTransformationSequence: transformation('2'),
      },
    ],
    PerFrameFunctionalGroupsSequence: [
      { PlanePositionSequence: [{ ImagePositionPatient: '0\\0\\1' }] },
      {
        PlanePositionSequence: [{ ImagePositionPatient: '0\\0\\4' }],
        PixelValueTransformationSequence: transformation('3'),
        FrameVOILUTSequence: [{ WindowCenter: '40', WindowWidth: '400' }],
      },
    ],
  };

  it('of a frame come before those of all frames, and these before the data set', async () => {
    const [first, second] = [await imageOf(object), await imageOf(object, undefined, 1)];
    expect(first).toMatchObject({
      slope: 2,
      intercept: -1024,
      voi: { centre: 1, width: 2 },
      geometry: { position: [0, 0, 1], thickness: 3, spacing: { rows: 0.7 } },
    });
    expect(second).toMatchObject({
      slope: 3,
      voi: { centre: 40, width: 400 },
      geometry: { position: [0, 0, 4], orientation: [1, 0, 0, 0, 1, 0] },
    });
  });
});
