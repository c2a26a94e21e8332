import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { preprocess } from '../../models/preprocess.ts';
import type { PreprocessStep } from '../../models/preprocess-step.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { readPart10 } from '../../runtime/dicom/part10.ts';
import { openPixels, readFrames } from '../../runtime/inference/pixels.ts';
import { describeWith, describeWithShared } from '../outside.ts';
import { temporaryFolder } from '../peers/process.ts';

const memoryCap = 64 << 20;

function readFile(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}

async function readImages(path: string): Promise<StoredImage[]> {
  const { dataSet, transferSyntaxUid } = readPart10(readFile(path));
  const pixels = await openPixels(dataSet, transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') throw new Error(pixels.detail);
  const images: StoredImage[] = [];
  for await (const reading of readFrames(pixels)) {
    if (reading.state !== 'read') throw new Error(reading.detail);
    images.push(reading.image);
  }
  return images;
}

/** The largest difference of any sample of any frame; Infinity where they are not the same frames. */
function largestDifference(ours: StoredImage[], theirs: StoredImage[]): number {
  if (ours.length !== theirs.length) return Infinity;
  let largest = 0;
  for (const [frame, { values, rows, columns }] of ours.entries()) {
    const other = theirs[frame];
    if (other?.rows !== rows || other.columns !== columns) return Infinity;
    if (other.values.length !== values.length) return Infinity;
    for (let at = 0; at < values.length; at++)
      largest = Math.max(largest, Math.abs(values[at]! - other.values[at]!));
  }
  return largest;
}

/** The same pixels, compressed and not. A lossy one may differ by so much. */
const twins: [compressed: string, plain: string, most: number][] = [
  ['ct/CT1_J2KR.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/CT1_JLSL.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/CT1_JPLL.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/CT1_RLE.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/D_CLUNIE_CT1_RLE_FRAGS.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/GH177_CT1_BigEndian_ELE_undefined_length.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ts/CT1_UNC.explicit_big_endian.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ts/CT1_UNC.fragmented_bot_jpeg_ls.80.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ts/CT1_UNC.fragmented_no_bot_jpeg_ls.80.dcm', 'ct/CT1_UNC.dcm', 0],
  ['ct/CT1_JLSN.dcm', 'ct/CT1_UNC.dcm', 4],
  ['ct/CT1_J2KI.dcm', 'ct/CT1_UNC.dcm', 500],
  ['ts/MR_small_RLE.dcm', 'ts/MR_small.dcm', 0],
  ['ts/MR_small_bigendian.dcm', 'ts/MR_small.dcm', 0],
  ['ts/MR_small_implicit.dcm', 'ts/MR_small.dcm', 0],
  ['ts/MR_small_jp2klossless.dcm', 'ts/MR_small.dcm', 0],
  ['ts/MR_small_jpeg_ls_lossless.dcm', 'ts/MR_small.dcm', 0],
  ['ts/SC_rgb_small_odd_big_endian.dcm', 'ts/SC_rgb_small_odd.dcm', 0],
  ['multiframe/emri_small_RLE.dcm', 'multiframe/emri_small.dcm', 0],
  ['multiframe/emri_small_jpeg_2k_lossless.dcm', 'multiframe/emri_small.dcm', 0],
  ['multiframe/emri_small_jpeg_ls_lossless.dcm', 'multiframe/emri_small.dcm', 0],
  [
    'multiframe/CT0012.fragmented_no_bot_jpeg_lossless.70.dcm',
    'multiframe/eCT_Supplemental.dcm',
    0,
  ],
  ['multiframe/CT0012.fragmented_no_bot_jpeg_ls.80.dcm', 'multiframe/eCT_Supplemental.dcm', 0],
  ['multiframe/CT0012.not_fragmented_bot_rle.dcm', 'multiframe/eCT_Supplemental.dcm', 0],
  ['cr-dx/RG3_J2KR.dcm', 'cr-dx/RG3_UNC.dcm.zst', 0],
  ['cr-dx/RG3_JPLL.dcm', 'cr-dx/RG3_UNC.dcm.zst', 0],
  ['cr-dx/RG3_RLE.dcm', 'cr-dx/RG3_UNC.dcm.zst', 0],
  ['cr-dx/RG3_JLSN.dcm', 'cr-dx/RG3_UNC.dcm.zst', 10],
];

describeWithShared('a compressed sample has the pixels of its uncompressed twin', (shared) => {
  const imagesOf = (name: string) => readImages(join(shared, 'samples', 'dicom', name));

  it.each(twins)('%s: %s within %i', async (compressed, plain, most) => {
    const difference = largestDifference(await imagesOf(compressed), await imagesOf(plain));
    expect(difference).toBeLessThanOrEqual(most);
  });
});

/** DCMTK's decoder for a sample, and how far colours may lie apart: chrominances are interpolated in other ways. */
const decoders: [name: string, program: string, most: number][] = [
  ['ts/JPEG-LL.dcm', 'dcmdjpeg', 0],
  ['ts/JPEG-lossy.dcm', 'dcmdjpeg', 0],
  ['ts/JPGExtended.dcm', 'dcmdjpeg', 0],
  ['ts/JPGLosslessP14SV1_1s_1f_8b.dcm', 'dcmdjpeg', 0],
  ['ct/CT1_JPLL.dcm', 'dcmdjpeg', 0],
  ['cr-dx/CR-ModalitySequenceLUT.dcm', 'dcmdjpeg', 0],
  ['multiframe/CT0012.fragmented_no_bot_jpeg_lossless.70.dcm', 'dcmdjpeg', 0],
  ['malformed/bad_sequence.dcm', 'dcmdjpeg', 0],
  ['malformed/fo_GH610.dcm', 'dcmdjpeg', 0],
  ['multiframe/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm', 'dcmdjpeg', 0],
  ['ts/SC_rgb_jpeg_dcmtk.dcm', 'dcmdjpeg', 4],
  ['ts/JLSL_16_15_1_1F.dcm', 'dcmdjpls', 0],
  ['ts/JPEGLSNearLossless_08.dcm', 'dcmdjpls', 0],
  ['ts/JPEGLSNearLossless_16.dcm', 'dcmdjpls', 0],
  ['ct/CT1_JLSN.dcm', 'dcmdjpls', 0],
  ['cr-dx/RG3_JLSN.dcm', 'dcmdjpls', 0],
  ['multiframe/CT0012.fragmented_no_bot_jpeg_ls.80.dcm', 'dcmdjpls', 0],
  ['ts/SC_rgb_rle_32bit_2frame.dcm', 'dcmdrle', 0],
  ['ts/MR_small_RLE.dcm', 'dcmdrle', 0],
  ['multiframe/emri_small_RLE.dcm', 'dcmdrle', 0],
];

describeWith(['dcmdjpeg', 'dcmdjpls', 'dcmdrle'], 'pixels beside DCMTK', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  describeWithShared('of the samples', (shared) => {
    it.each(decoders)('are the same: %s by %s, within %i', async (name, program, most) => {
      const path = join(shared, 'samples', 'dicom', name);
      const decoded = join(folder.path, basename(name));
      execFileSync(program, [path, decoded], { stdio: 'ignore' });
      const [ours, theirs] = [await readImages(path), await readImages(decoded)];
      rmSync(decoded);
      expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(most);
    });
  });
});

/** A portable grey map in ASCII, as fractions of its range. */
function readGreyMap(text: string): Float32Array {
  const [kind, , , top, ...values] = text.replaceAll(/^#.*$/gm, '').split(/\s+/);
  if (kind !== 'P2') throw new Error('no grey map');
  return Float32Array.from(values.filter(Boolean), (value) => Number(value) / Number(top));
}

/** What an image wants to look like, and DCMTK's options for it. */
const rendered: [name: string, options: string[]][] = [
  ['cr-dx/vlut_04.dcm', ['+Wl', '1']],
  ['cr-dx/mlut_18.dcm', ['-W']],
  ['cr-dx/dwv_gdcm-CR-MONO1-10-chest.dcm', ['+Wi', '1']],
  ['cr-dx/RG3_JPLL.dcm', ['+Wi', '1']],
  ['ct/ct-3slice-01.dcm', ['+Wi', '1']],
  ['ct/fo_benchmark_ct.dcm', ['+Wi', '1']],
  ['ts/MR_small.dcm', ['+Wi', '1']],
];

describeWith(['dcm2pnm', 'dcmdjpeg'], 'grey values beside DCMTK', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  describeWithShared('of the samples', (shared) => {
    const path = (name: string) => join(shared, 'samples', 'dicom', name);
    const render = (source: string, options: string[]) => {
      const [plain, map] = [join(folder.path, 'plain'), join(folder.path, 'map')];
      execFileSync('dcmdjpeg', [source, plain], { stdio: 'ignore' });
      execFileSync('dcm2pnm', [...options, '+opw', plain, map], { stdio: 'ignore' });
      return readGreyMap(readFileSync(map, 'utf8'));
    };
    const steps: PreprocessStep[] = [
      { step: 'modality-lut' },
      { step: 'voi' },
      { step: 'photometric' },
    ];

    it.each(rendered)('are what the image asks for: %s', async (name, options) => {
      const theirs = render(path(name), options);
      const [image] = await readImages(path(name));
      const { values } = preprocess(image!, steps);
      const worst = values.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)),
        0,
      );
      expect(worst).toBeLessThan(2 / 4095);
    });

    it('are the same with photometric before voi', async () => {
      const [image] = await readImages(path('cr-dx/dwv_gdcm-CR-MONO1-10-chest.dcm'));
      const turned: PreprocessStep[] = [
        { step: 'modality-lut' },
        { step: 'photometric' },
        { step: 'voi' },
      ];
      const [one, other] = [preprocess(image!, steps), preprocess(image!, turned)];
      expect(largestDifference([one], [other])).toBeLessThan(1e-6);
    });
  });
});

describeWithShared('a sample whose codestreams do not have the size of its frames', (shared) => {
  it('is read where they have, and refused where they have not', async () => {
    const path = join(shared, 'samples', 'dicom', 'multiframe', 'fo_multiframe.dcm');
    const { dataSet, transferSyntaxUid } = readPart10(readFile(path));
    const pixels = await openPixels(dataSet, transferSyntaxUid, { memoryCap });
    if (pixels.state !== 'read') throw new Error(pixels.detail);
    expect(await pixels.read(0)).toMatchObject({ state: 'read', image: { photometric: 'RGB' } });
    const refused = { reason: 'unreadable', detail: expect.stringContaining('121 × 55 × 3') };
    expect(await pixels.read(139)).toMatchObject(refused);
  });
});

/** Nothing at all, or not DICOM. */
const notSamples = ['MANIFEST.md', 'FileInfo.txt'];

describeWithShared('every sample, sound or not,', (shared) => {
  it('ends in pixels or in a coded reason', async () => {
    const root = join(shared, 'samples', 'dicom');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const paths = names.map((name) => join(root, name)).filter((path) => statSync(path).isFile());
    const ends: Record<string, number> = {};
    for (const path of paths.filter((each) => !notSamples.includes(basename(each)))) {
      const end = await endOf(path);
      ends[end] = (ends[end] ?? 0) + 1;
    }
    expect(Object.keys(ends).sort()).toEqual([
      'no file',
      'read',
      'unreadable',
      'unsupported-syntax',
    ]);
    expect(ends['read']).toBeGreaterThan(250);
    expect(ends['unreadable']).toBeGreaterThan(80);
  }, 120_000);
});

/** All but Part 10 is read as what the header says it is; a file without one is not sent to an engine. */
async function endOf(path: string): Promise<string> {
  let file: ReturnType<typeof readPart10>;
  try {
    file = readPart10(readFile(path));
  } catch {
    return 'no file';
  }
  const pixels = await openPixels(file.dataSet, file.transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') return pixels.reason;
  const reading = await pixels.read(pixels.frames - 1);
  if (reading.state !== 'read') return reading.reason;
  expect(reading.image.values.some(Number.isNaN), path).toBe(false);
  return 'read';
}
