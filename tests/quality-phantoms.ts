import type { CountedExam } from '../quality/exam-block.ts';
import { signalsOf } from '../quality/signal.ts';
import { extractFeatures, type Features } from '../models/domain/features.ts';
import { domainScores, fitReference } from '../models/domain/reference.ts';
import { renderPhantom } from '../models/phantom/phantom.ts';
import { seededRandom } from '../models/phantom/random.ts';

const size = 36;
const range = { low: 0, high: 1 };

/** What a detector or its processing does to a picture of values from 0 to 1. */
export type Change = (pixel: number) => number;

export const unchanged: Change = (pixel) => pixel;

export const phantomSignals = signalsOf(['nodule']);

/** A phantom as it is drawn; changes are made to it later. */
interface Picture {
  seed: number;
  pixels: Float32Array;
}

export function drawPictures(first: number, count: number): Picture[] {
  return Array.from({ length: count }, (_, at) => ({
    seed: first + at,
    pixels: renderPhantom({ seed: first + at, size }).pixels,
  }));
}

function featuresOf(pixels: Float32Array): Features {
  return extractFeatures(
    { rows: size, columns: size, values: pixels, embedding: undefined },
    range,
  );
}

const fitted = drawPictures(100_000, 200).map(({ pixels }) => featuresOf(pixels));
const calibration = drawPictures(200_000, 200).map(({ pixels }) => featuresOf(pixels));
const reference = fitReference(fitted, calibration, range, { falseStops: 0.05 });

/** A picture as the appliance counts it. Tube voltage and score are the exam's own and follow from its seed. */
export function countPicture({ seed, pixels }: Picture, change: Change, kvp = 0): CountedExam {
  const random = seededRandom(seed, 'exam');
  const changed = pixels.map((pixel) => change(pixel));
  const mean = changed.reduce((sum, pixel) => sum + pixel, 0) / changed.length;
  const square = changed.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0) / changed.length;
  const scores = domainScores(reference, featuresOf(changed));
  const score = random.uniform(0, 1) ** 3;
  return {
    flagged: score >= 0.5,
    observation: {
      'score.nodule': score,
      ...Object.fromEntries(
        Object.entries(scores).map(([name, value]) => [`domain.${name}`, value]),
      ),
      'image.mean': mean,
      'image.deviation': Math.sqrt(square),
      kvp: random.pick([110, 117, 117, 125]) + kvp,
      exposure: random.uniform(0, 1),
      rows: 2048,
      photometric: 'MONOCHROME2',
      view: random.chance(0.2) ? 'AP' : 'PA',
    },
  };
}
