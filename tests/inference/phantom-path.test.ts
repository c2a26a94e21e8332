import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode, makePhantomInstance, type PhantomInstance } from '../../demo/phantom-study.ts';
import { disk } from '../../device/files.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ActivationMap } from '../../models/outcome.ts';
import { seededRandom } from '../../models/phantom/random.ts';
import { mapBack, type Point } from '../../models/preprocess.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { analyseUnit, type LoadedBundle, loadForUse } from '../../runtime/inference/analysis.ts';
import { makeBundle } from './made-bundle.ts';

const rows = 480;
const columns = 360;
const input = {
  name: 'image',
  kind: 'image',
  rows: 128,
  columns: 128,
  slices: 1,
  batch: 4,
} as const;

/** Off the middle, another aspect, then borders at both sides. */
const steps: Manifest['preprocess'] = [
  { step: 'modality-lut' },
  { step: 'photometric' },
  { step: 'crop', fraction: 0.8 },
  { step: 'resize', rows: 150, columns: 200 },
  { step: 'letterbox', rows: input.rows, columns: input.columns },
  { step: 'percentile-window', low: 0, high: 100 },
];

/** A dark picture with a soft bright dot, of both photometric interpretations. */
function makeDot(dot: Point, photometric: 'MONOCHROME1' | 'MONOCHROME2'): PhantomInstance {
  const top = 4095;
  const pixels = Uint16Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const distance = Math.hypot(row - dot.row, column - dot.column);
    const value = Math.round(100 + 3500 * Math.exp(-((distance / 5) ** 2)));
    return photometric === 'MONOCHROME1' ? top - value : value;
  });
  const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid } = plain;
  const dataSet = encode({
    SOPClassUID: sopClassUid,
    SOPInstanceUID: sopInstanceUid,
    SamplesPerPixel: 1,
    PhotometricInterpretation: photometric,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelData: pixels.buffer,
    _vrMap: { PixelData: 'OW' },
  });
  return {
    sopClassUid,
    sopInstanceUid,
    studyInstanceUid,
    seriesInstanceUid,
    transferSyntaxUid: explicitVrLittleEndian,
    dataSet,
  };
}

const plain = makePhantomInstance({
  seed: 1,
  size: 128,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
});

/** Middle of what a map shows above its own darkest value, in the network's input. */
function centroid({ values, rows: high, columns: wide }: ActivationMap): Point {
  const lowest = Math.min(...values);
  const weights = values.map((value) => value - lowest);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (place: (at: number) => number) =>
    weights.reduce((sum, weight, at) => sum + weight * place(at), 0) / total;
  const scale = (at: number, count: number, size: number) => ((at + 0.5) * size) / count - 0.5;
  return {
    row: scale(
      along((at) => Math.floor(at / wide)),
      high,
      input.rows,
    ),
    column: scale(
      along((at) => at % wide),
      wide,
      input.columns,
    ),
  };
}

let folder: string;
let loaded: LoadedBundle;

beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-path-'));
  // The map is the input, blurred by a mean of 7 × 7.
  const blur = {
    size: [7, 7] as [number, number],
    weights: Array.from({ length: 49 }, () => 1 / 49),
    padded: true,
  };
  const golden = [makeDot({ row: 200, column: 150 }, 'MONOCHROME2')];
  const made = { input, preprocess: steps, kernels: [blur], golden };
  loaded = await loadForUse(await makeBundle(folder, made), disk);
});

afterAll(async () => {
  await loaded.ensemble.release();
  fs.rmSync(folder, { recursive: true });
});

async function find(dot: Point, photometric: 'MONOCHROME1' | 'MONOCHROME2'): Promise<Point> {
  const { dataSet, transferSyntaxUid } = makeDot(dot, photometric);
  const result = await analyseUnit(loaded, [{ bytes: dataSet, transferSyntaxUid }]);
  if (result.state !== 'analysed') throw new Error(result.detail);
  return mapBack(steps, { rows, columns }, centroid(result.maps[0]!));
}

describe('a dot in an image', () => {
  const random = seededRandom(1, 'dots');
  const dots = Array.from({ length: 24 }, () => ({
    row: random.uniform(90, rows - 90),
    column: random.uniform(70, columns - 70),
  }));

  it('is found in the heatmap within two pixels, with crop, resize and letterbox undone', async () => {
    for (const [at, dot] of dots.entries()) {
      const found = await find(dot, at % 2 ? 'MONOCHROME1' : 'MONOCHROME2');
      const distance = Math.hypot(found.row - dot.row, found.column - dot.column);
      expect(distance, `${dot.row}, ${dot.column}`).toBeLessThan(2);
    }
  });
});
