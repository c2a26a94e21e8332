import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bundle from 'dcmjs-codecs';
import { afterAll, describe, expect, it } from 'vitest';
import { readDataSet } from '../../runtime/dicom/data-set.ts';
import { readPart10, writePart10 } from '../../runtime/dicom/part10.ts';
import { tags } from '../../runtime/dicom/tag.ts';
import { codecs } from '../../runtime/inference/codec-table.ts';
import { readPixelFormat } from '../../runtime/inference/pixel-format.ts';
import { openPixels } from '../../runtime/inference/pixels.ts';
import { type Samples, storedValues } from '../../runtime/inference/samples.ts';
import { describeWith, describeWithShared } from '../outside.ts';
import { temporaryFolder } from '../peers/process.ts';
import { encodeDct } from './jpeg-dct-encoder.ts';
import { colour8, plain, writeObject } from './pixel-object.ts';

const { Context, NativeCodecs } = (bundle as unknown as { default: typeof bundle }).default;

const jpegExtended = '1.2.840.10008.1.2.4.51';
const memoryCap = 64 << 20;
const limits = { bytes: 64 << 20, elements: 100_000, depth: 16, valueLength: 16 << 20 };
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

async function valuesOf(dataSet: Uint8Array, uid: string): Promise<Float32Array> {
  const pixels = await openPixels(dataSet, uid, { memoryCap });
  if (pixels.state !== 'read') throw new Error(pixels.detail);
  const reading = await pixels.read(0);
  if (reading.state !== 'read') throw new Error(reading.detail);
  return reading.image.values;
}

/** What DCMTK's programs need of an object besides its pixels. */
function asFile(dataSet: Uint8Array, transferSyntaxUid: string): Uint8Array {
  return writePart10(
    { sopClassUid: secondaryCapture, sopInstanceUid: '2.25.7', transferSyntaxUid },
    dataSet,
  );
}

const identity = { SOPClassUID: secondaryCapture, SOPInstanceUID: '2.25.7' };

function waves(rows: number, columns: number, top: number): Uint16Array {
  return Uint16Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return Math.round((0.5 + 0.49 * Math.sin(row / 5) * Math.cos((column * column) / 90)) * top);
  });
}

describeWith(['dcmdjpeg', 'dcmcjpls'], 'our codecs beside DCMTK', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const path = (name: string) => join(folder.path, name);

  it.each([
    [12, 1, undefined],
    [12, 40, undefined],
    [12, 8, 5],
    [8, 3, 7],
  ] as const)(
    'decode lossy JPEG of %i bits to the same values (quantiser %i, restarts %s)',
    async (precision, quantiser, restarts) => {
      const [rows, columns] = [61, 47];
      const samples = waves(rows, columns, 2 ** precision - 1);
      const picture = { rows, columns, precision, samples, quantiser };
      const encoded = encodeDct(restarts ? { ...picture, restartInterval: restarts } : picture);
      const even = Buffer.concat([encoded, Buffer.alloc(encoded.length % 2)]);
      const allocated = precision === 8 ? 8 : 16;
      const depth = { BitsAllocated: allocated, BitsStored: precision, HighBit: precision - 1 };
      const object = {
        ...plain,
        ...identity,
        ...depth,
        Rows: rows,
        Columns: columns,
        fragments: [new Uint8Array(0), even],
      };
      const dataSet = writeObject(object, jpegExtended);
      writeFileSync(path('lossy'), asFile(dataSet, jpegExtended));
      execFileSync('dcmdjpeg', [path('lossy'), path('decoded')], { stdio: 'ignore' });
      const theirs = readPart10(readFileSync(path('decoded')));
      expect(await valuesOf(dataSet, jpegExtended)).toEqual(
        await valuesOf(theirs.dataSet, theirs.transferSyntaxUid),
      );
    },
  );

  it.each(['+il', '+is', '+in'])(
    'decode JPEG-LS in colour, interleaved as DCMTK does with %s',
    async (interleave) => {
      const [rows, columns] = [37, 29];
      const pixels = Uint8Array.from(waves(rows, columns * 3, 255), (value, at) =>
        at % 97 < 40 ? 200 : value,
      );
      const source = writeObject({
        ...colour8,
        ...identity,
        Rows: rows,
        Columns: columns,
        PixelData: Buffer.concat([pixels, Buffer.alloc(pixels.length % 2)]),
      });
      writeFileSync(path('plain'), asFile(source, '1.2.840.10008.1.2.1'));
      execFileSync('dcmcjpls', [interleave, path('plain'), path('encoded')], { stdio: 'ignore' });
      const encoded = readPart10(readFileSync(path('encoded')));
      expect(encoded.transferSyntaxUid).toBe('1.2.840.10008.1.2.4.80');
      const ours = await valuesOf(encoded.dataSet, encoded.transferSyntaxUid);
      expect([...ours]).toEqual([...pixels]);
    },
  );
});

describe('our lossless JPEG', () => {
  const [rows, columns] = [61, 47];
  const picture = waves(rows, columns, 65_535);
  const format = {
    ...readPixelFormat(readDataSet(writeObject(plain), '1.2.840.10008.1.2.1', limits)),
    rows,
    columns,
  };

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'decodes what another maker encodes with predictor %i',
    async (predictor) => {
      if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
      const context = new Context({
        width: columns,
        height: rows,
        bitsAllocated: 16,
        bitsStored: 16,
        samplesPerPixel: 1,
        pixelRepresentation: 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        decodedBuffer: new Uint8Array(picture.buffer),
      });
      const encoded = NativeCodecs.encodeJpeg(context, { predictor }).getEncodedBuffer()!;
      const samples = await codecs.get('1.2.840.10008.1.2.4.57')!()(encoded, format);
      expect(storedValues(samples, format)).toEqual(Float32Array.from(picture));
    },
  );
});

function largestDifference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Infinity;
  return ours.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)), 0);
}

/** The first frame of a sample and what its header says of it. */
function firstFrame(file: string) {
  const { dataSet, transferSyntaxUid } = readPart10(readFileSync(file));
  const object = readDataSet(dataSet, transferSyntaxUid, limits);
  const format = readPixelFormat(object);
  const fragments = object.elements.get(tags.PixelData)?.fragments ?? [];
  const own = fragments.slice(1, format.frames === 1 ? undefined : 2);
  return { format, frame: new Uint8Array(Buffer.concat(own)), transferSyntaxUid };
}

type First = ReturnType<typeof firstFrame>;

async function decodeAs({ frame, format }: First, uid: string): Promise<Float32Array> {
  const samples = await codecs.get(uid)!()(frame, format);
  return storedValues(samples, format);
}

/** The same frame by other versions of the codecs, wrapped by another maker. */
async function decodeByPeer({ frame, format }: First, highThroughput: boolean) {
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const context = new Context({
    width: format.columns,
    height: format.rows,
    bitsAllocated: format.bitsAllocated,
    bitsStored: format.bitsStored,
    samplesPerPixel: format.samples,
    pixelRepresentation: format.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: format.photometric,
    encodedBuffer: frame,
  });
  const decoded = highThroughput
    ? NativeCodecs.decodeHtJpeg2000(context)
    : NativeCodecs.decodeJpeg2000(context);
  const bytes = decoded.getDecodedBuffer()!.slice();
  const words = format.bitsAllocated === 8 ? bytes : new Uint16Array(bytes.buffer);
  const bits = format.bitsStored;
  const samples: Samples = { words, highBit: bits - 1, bits, overshoots: false, planar: false };
  return storedValues(samples, format);
}

const jpeg2000Samples = [
  'ct/CT1_J2KI.dcm',
  'ct/CT1_J2KR.dcm',
  'cr-dx/RG1_J2KI.dcm',
  'cr-dx/RG2_J2KI.dcm',
  'ts/JPEG2000.dcm',
  'malformed/fo_GH064.dcm',
  'malformed/explicit_VR-UN.dcm',
  'malformed/GDCMJ2K_TextGBR.dcm',
];

describeWithShared('our JPEG 2000', (shared) => {
  const sample = (name: string) => firstFrame(join(shared, 'samples', 'dicom', name));

  it.each(jpeg2000Samples)('decodes as another version of OpenJPEG does: %s', async (name) => {
    const first = sample(name);
    const ours = await decodeAs(first, first.transferSyntaxUid);
    expect(largestDifference(ours, await decodeByPeer(first, false))).toBe(0);
  });

  it.each([
    ['ts/HTJ2KLossless_08_RGB.dcm', 0],
    // The irreversible transform is computed in floating point, and rounded.
    ['ts/HTJ2K_08_RGB.dcm', 1],
  ])('decodes as another version of OpenJPH does: %s, within %i', async (name, most) => {
    const first = sample(name);
    const ours = await decodeAs(first, first.transferSyntaxUid);
    expect(largestDifference(ours, await decodeByPeer(first, true))).toBeLessThanOrEqual(most);
  });

  it('decodes high-throughput codestreams with OpenJPH as with OpenJPEG, which has its own decoder', async () => {
    const lossless = sample('ts/HTJ2KLossless_08_RGB.dcm');
    const [openJph, openJpeg] = ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.90'];
    const difference = largestDifference(
      await decodeAs(lossless, openJph),
      await decodeAs(lossless, openJpeg),
    );
    expect(difference).toBe(0);
  });
});
