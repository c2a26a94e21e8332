import type { PreprocessStep } from '../../manifest.ts';
import type { ScanRequest } from '../../phantom/head/scan.ts';

/** Rows and columns of the network's input. */
export const inputSide = 128;

/** The steps that the manifest will name. The window comes first, so that bone does not outshine what lies beside it. */
export const ctHeadPreprocess = [
  { step: 'modality-lut' },
  { step: 'photometric' },
  { step: 'window', centre: 40, width: 80 },
  { step: 'resize', rows: inputSide, columns: inputSide },
] as const satisfies PreprocessStep[];

/** Slices with less blood than this, square millimetres, are neither positive nor negative. */
export const leastBleed = 30;

/** Series whose answers the device must repeat before the first image: one of every haemorrhage, and what resembles one. */
export const goldenSeries: Required<ScanRequest>[] = [
  { seed: 7001, size: 144, slices: 8, bleeds: [], mimics: [] },
  {
    seed: 7021,
    size: 144,
    slices: 8,
    bleeds: [],
    mimics: ['pineal-calcification', 'choroid-calcification', 'ganglia-calcification'],
  },
  {
    seed: 7003,
    size: 144,
    slices: 8,
    bleeds: ['intraparenchymal'],
    mimics: ['pineal-calcification'],
  },
  { seed: 7004, size: 144, slices: 8, bleeds: ['subdural'], mimics: [] },
  { seed: 7018, size: 144, slices: 8, bleeds: ['subarachnoid'], mimics: ['choroid-calcification'] },
  { seed: 7014, size: 144, slices: 8, bleeds: ['intraventricular'], mimics: ['dense-sinus'] },
];

/** Thick slices and thin ones: what lies in a slice together depends on it. */
const sliceCounts = [8, 12, 16, 24, 30] as const;

function drawSeries(first: number, count: number): ScanRequest[] {
  return Array.from({ length: count }, (_, at) => ({
    seed: first + at,
    size: 256,
    slices: sliceCounts[at % sliceCounts.length]!,
  }));
}

/** Series, with and without haemorrhage as prevalence draws them, whose slices say what the network's inputs look like. */
export const referenceSeries: readonly ScanRequest[] = drawSeries(8_000_000, 120);

/** Others of the same kind: how many of their slices a domain check stops is its rate of false stops. */
export const referenceCheckSeries: readonly ScanRequest[] = drawSeries(9_000_000, 60);
