import { describe, expect, it } from 'vitest';
import type { StoredImage } from '../../models/stored-image.ts';
import type { DataElement } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { valueRepresentation } from '../dicom/value-representation.ts';
import { type ImageReading, openPixels } from './pixels.ts';

type Attributes = Partial<Record<Keyword, number | string | Uint8Array>>;

const explicitVr = '1.2.840.10008.1.2.1';
const implicitVr = '1.2.840.10008.1.2';

const plain: Attributes = {
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 1,
  Columns: 3,
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 0,
  PixelData: words(0, 1, 65_535),
};

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function bytesOf(value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return words(value);
  return typeof value === 'string' ? Buffer.from(value.length % 2 ? `${value} ` : value) : value;
}

function elements(attributes: Attributes): DataElement[] {
  const tagOf: Record<string, number> = tags;
  return Object.entries(attributes)
    .map(([keyword, value]) => {
      const tag = tagOf[keyword] ?? 0;
      return { tag, vr: valueRepresentation(tag) ?? 'UN', value: bytesOf(value) };
    })
    .sort((a, b) => a.tag - b.tag);
}

function encode(attributes: Attributes, explicit: boolean): Uint8Array {
  return Buffer.concat(
    elements(attributes).flatMap(({ tag, vr, value }) => {
      const header = Buffer.alloc(explicit && vr === 'OW' ? 12 : 8);
      header.writeUInt16LE(tag >>> 16, 0);
      header.writeUInt16LE(tag & 0xffff, 2);
      if (explicit) header.write(vr, 4, 'latin1');
      if (explicit && vr !== 'OW') header.writeUInt16LE(value.length, 6);
      else header.writeUInt32LE(value.length, header.length - 4);
      return [header, value];
    }),
  );
}

const memoryCap = 1 << 20;

async function read(bytes: Uint8Array, syntax: string, frame = 0): Promise<ImageReading> {
  const pixels = await openPixels(bytes, syntax, { memoryCap });
  return pixels.state === 'read' ? pixels.read(frame) : pixels;
}

async function imageOf(attributes: Attributes, frame = 0): Promise<StoredImage> {
  const reading = await read(encode({ ...plain, ...attributes }, true), explicitVr, frame);
  if (reading.state !== 'read') throw new Error(reading.detail);
  return reading.image;
}

describe('stored values', () => {
  it.each<[string, Attributes, number[], [number, number]]>([
    ['16 bits', {}, [0, 1, 65_535], [0, 65_535]],
    ['16 bits signed', { PixelRepresentation: 1 }, [0, 1, -1], [-32_768, 32_767]],
    [
      '12 bits of 16, with an overlay above',
      { BitsStored: 12, HighBit: 11, PixelData: words(0xf000, 0x1801, 0x0fff) },
      [0, 0x801, 4095],
      [0, 4095],
    ],
    [
      '12 bits of 16, signed',
      {
        BitsStored: 12,
        HighBit: 11,
        PixelRepresentation: 1,
        PixelData: words(0x7ff, 0x800, 0xfff),
      },
      [2047, -2048, -1],
      [-2048, 2047],
    ],
    [
      '12 bits in the high part of the word',
      { BitsStored: 12, HighBit: 15, PixelData: words(0xfff0, 0x001f, 0x8000) },
      [4095, 1, 2048],
      [0, 4095],
    ],
    [
      '8 bits',
      { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: Uint8Array.of(0, 7, 255, 0) },
      [0, 7, 255],
      [0, 255],
    ],
    [
      '8 bits signed',
      {
        BitsAllocated: 8,
        BitsStored: 8,
        HighBit: 7,
        PixelRepresentation: 1,
        PixelData: Uint8Array.of(0x7f, 0x80, 0xff, 0),
      },
      [127, -128, -1],
      [-128, 127],
    ],
  ])('of %s', async (_, attributes, values, range) => {
    const image = await imageOf(attributes);
    expect([...image.values]).toEqual(values);
    expect(image.range).toEqual(range);
  });

  it('come with size, photometric interpretation and rescale', async () => {
    const more = {
      PhotometricInterpretation: 'MONOCHROME1',
      RescaleSlope: '0.5',
      RescaleIntercept: '-3',
    };
    expect(await imageOf(more)).toMatchObject({
      rows: 1,
      columns: 3,
      photometric: 'MONOCHROME1',
      slope: 0.5,
      intercept: -3,
    });
  });

  it.each([
    ['explicit', explicitVr, true],
    ['implicit', implicitVr, false],
  ])('are read from %s VR little endian', async (_, syntax, explicit) => {
    const reading = await read(encode(plain, explicit), syntax);
    expect(reading.state === 'read' && [...reading.image.values]).toEqual([0, 1, 65_535]);
  });
});

describe('an object without an image that can be read', () => {
  it.each<[string, Attributes]>([
    ['Pixel Data has 4 of 6 bytes', { PixelData: words(1, 2) }],
    ['Rows is 0', { Rows: 0 }],
    ['SamplesPerPixel is 3 in MONOCHROME2', { SamplesPerPixel: 3 }],
    ['PhotometricInterpretation is HSV', { PhotometricInterpretation: 'HSV' }],
    ['BitsAllocated is 24', { BitsAllocated: 24 }],
    ['BitsAllocated is 12', { BitsAllocated: 12 }],
    ['BitsStored is 17', { BitsStored: 17 }],
    ['HighBit is 16', { HighBit: 16 }],
    ['HighBit is 10', { BitsStored: 12, HighBit: 10 }],
    ['PixelRepresentation is 2', { PixelRepresentation: 2 }],
    ['NumberOfFrames is 0', { NumberOfFrames: '0' }],
    ['1048576 are allowed', { Rows: 600, Columns: 600 }],
    ['RescaleSlope is 0', { RescaleSlope: '0' }],
  ])('is unreadable: %s', async (detail, attributes) => {
    const reading = await read(encode({ ...plain, ...attributes }, true), explicitVr);
    expect(reading).toEqual({
      state: 'not-analysed',
      reason: 'unreadable',
      detail: expect.stringContaining(detail),
    });
  });

  it.each<Keyword>(['PixelData', 'Rows', 'BitsStored', 'PhotometricInterpretation'])(
    'is unreadable without %s',
    async (keyword) => {
      const rest = { ...plain };
      delete rest[keyword];
      expect(await read(encode(rest, true), explicitVr)).toMatchObject({ reason: 'unreadable' });
    },
  );

  it('is unreadable when it is cut short or no data set at all', async () => {
    const bytes = encode(plain, true);
    expect(await read(bytes.subarray(0, -3), explicitVr)).toMatchObject({ reason: 'unreadable' });
    expect(await read(Buffer.from('GIF89a, perhaps'), explicitVr)).toMatchObject({
      reason: 'unreadable',
    });
  });

  it.each(['1.2.840.10008.1.2.4.100', '1.2.840.10008.1.2.4.110', ''])(
    'says so when its transfer syntax is "%s"',
    async (syntax) => {
      expect(await read(encode(plain, true), syntax)).toMatchObject({
        state: 'not-analysed',
        reason: 'unsupported-syntax',
      });
    },
  );
});
