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
    seed: 7002,
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
  { seed: 7005, size: 144, slices: 8, bleeds: ['subarachnoid'], mimics: ['choroid-calcification'] },
  { seed: 7006, size: 144, slices: 8, bleeds: ['intraventricular'], mimics: ['dense-sinus'] },
];

/** Heads, drawn by prevalence, whose slices say what the network's inputs look like. */
export const referenceSeeds = { first: 8_000_000, count: 30 } as const;
