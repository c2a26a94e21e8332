import { z } from 'zod';

/** The closed vocabulary of what may be done to an image before a network sees it. */
export const preprocessStep = z.discriminatedUnion('step', [
  /** Rescale slope and intercept, or the modality LUT. */
  z.strictObject({ step: z.literal('modality-lut') }),
  /** MONOCHROME1 is inverted, so that high values are dense in every image. */
  z.strictObject({ step: z.literal('photometric') }),
  /** Maps the given percentiles of the image to 0 and 1 and clips. */
  z.strictObject({
    step: z.literal('percentile-window'),
    low: z.number().min(0).max(100),
    high: z.number().min(0).max(100),
  }),
  /** Maps centre ± width/2 (modality units) to 0 and 1 and clips. */
  z.strictObject({ step: z.literal('window'), centre: z.number(), width: z.number().positive() }),
  /** Area-weighted reduction or bilinear enlargement of the whole image, aspect not kept. */
  z.strictObject({
    step: z.literal('resize'),
    rows: z.int().min(8).max(2048),
    columns: z.int().min(8).max(2048),
  }),
  z.strictObject({
    step: z.literal('normalise'),
    mean: z.number(),
    standardDeviation: z.number().positive(),
  }),
]);

export type PreprocessStep = z.infer<typeof preprocessStep>;
