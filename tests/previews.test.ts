import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ImageView } from '../panel/exam-detail.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { PreviewBench, readGreyPng, untilReady } from './fixtures/preview-bench.ts';
import { describeWithShared } from './outside.ts';

interface Shown {
  images: ImageView[];
  /** Of the first image, in stored values. */
  values: Int16Array | Uint16Array;
  thumbnail: ReturnType<typeof readGreyPng>;
}

/** Makes the pictures of a study of one file, as the appliance would. */
async function show(path: string): Promise<Shown> {
  const bench = new PreviewBench();
  const file = readFileSync(path);
  const bytes = path.endsWith('.zst') ? zstdDecompressSync(file) : file;
  const { dataSet, transferSyntaxUid } = readPart10(bytes);
  bench.subject('2.25.1', [bench.store('2.25.1.1', dataSet, transferSyntaxUid)]);
  const previews = await bench.start();
  const images = await untilReady(previews, '2.25.1');
  const preview = await previews.preview('2.25.1', images[0]!.id);
  const { buffer } = Uint8Array.from(preview!.bytes);
  const values = images[0]!.signed ? new Int16Array(buffer) : new Uint16Array(buffer);
  expect(bench.log).toEqual([]);
  const thumbnail = readGreyPng((await previews.thumbnail('2.25.1'))!.bytes);
  return { images, values, thumbnail };
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describeWithShared('previews of images of other makers', (shared) => {
  const sample = (name: string) => join(shared, 'samples/dicom', name);

  describe('of one slice, however it is compressed', () => {
    it.each([
      ['RLE', 'ct/CT1_RLE.dcm'],
      ['JPEG-LS', 'ct/CT1_JLSL.dcm'],
      ['JPEG 2000', 'ct/CT1_J2KR.dcm'],
      ['JPEG lossless', 'ct/CT1_JPLL.dcm'],
    ])('are the same in %s', async (_, name) => {
      const [plain, packed] = [await show(sample('ct/CT1_UNC.dcm')), await show(sample(name))];
      expect(packed.images).toEqual(plain.images);
      expect(packed.values).toEqual(plain.values);
      expect(packed.thumbnail).toEqual(plain.thumbnail);
    });

    it('are signed Hounsfield units with the windows of a CT', async () => {
      const { images, values } = await show(sample('ct/CT1_UNC.dcm'));
      expect(images[0]).toMatchObject({ rows: 512, columns: 512, signed: true, aspect: 1 });
      const { slope, intercept } = images[0]!;
      const units = Array.from(values, (value) => value * slope + intercept);
      expect(units.some((unit) => unit < -900)).toBe(true);
      const names = images[0]!.windows.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['soft-tissue', 'lung', 'bone']));
    });
  });

  it('of a radiograph in MONOCHROME1 are right way round: the spine is brighter than the lung', async () => {
    const { images, thumbnail } = await show(sample('cr-dx/dwv_gdcm-CR-MONO1-10-chest.dcm'));
    expect(images[0]).toMatchObject({ rows: 440, columns: 440, inverted: true });
    const { rows, columns, pixels } = thumbnail;
    const spine = pixels.filter((_, at) => Math.abs((at % columns) - columns / 2) < 6);
    const lung = pixels.filter((_, at) => {
      const [row, column] = [Math.floor(at / columns) / rows, (at % columns) / columns];
      return Math.abs(row - 0.4) < 0.1 && Math.abs(column - 0.28) < 0.05;
    });
    expect(mean(spine)).toBeGreaterThan(mean(lung) + 20);
  });

  it.each([
    ['cr-dx/RG1_J2KI.dcm', 1955, 1841],
    ['cr-dx/RG3_UNC.dcm.zst', 1760, 1760],
    ['cr-dx/CR-ModalitySequenceLUT.dcm', 1576, 1976],
  ])('of %s, which is larger, are at most 1536 high and wide', async (name, rows, columns) => {
    const { images, values } = await show(sample(name));
    const [image] = images;
    expect(Math.max(image!.rows, image!.columns)).toBe(1536);
    expect((image!.aspect * image!.rows) / image!.columns).toBeCloseTo(rows / columns, 2);
    expect(values).toHaveLength(image!.rows * image!.columns);
  });

  it.each([
    ['multiframe/emri_small.dcm', 10],
    ['multiframe/emri_small_RLE.dcm', 10],
    ['multiframe/emri_small_jpeg_ls_lossless.dcm', 10],
  ])('of %s are its frames', async (name, frames) => {
    const { images } = await show(sample(name));
    expect(images).toHaveLength(frames);
    expect(images.map(({ number }) => number)).toEqual(images.map((_, at) => at + 1));
    expect(new Set(images.map(({ etag }) => etag)).size).toBe(frames);
  });

  it.each([
    ['a VOI LUT', 'cr-dx/vlut_04.dcm'],
    ['a modality LUT', 'cr-dx/mlut_18.dcm'],
    ['colour and an odd size', 'ts/SC_rgb_small_odd.dcm'],
  ])('of an image with %s show something', async (_, name) => {
    const { images, thumbnail } = await show(sample(name));
    expect(images[0]?.windows.length).toBeGreaterThan(0);
    expect(new Set(thumbnail.pixels).size).toBeGreaterThan(2);
  });
});
