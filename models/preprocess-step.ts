import { z } from 'zod';

const size = z.int().min(8).max(2048);

/**
 * The closed vocabulary of preprocessing, version 1: what a step does to an image never changes under its name, and
 * what a step leaves out has a fixed default. Names and keys that are not here are refused.
 */
export const preprocessStep = z.discriminatedUnion('step', [
  /** Colour becomes luminance (ITU-R BT.601). Without this step a colour image is not analysed. */
  z.strictObject({ step: z.literal('grey') }),
  /** Rescale slope and intercept, or the modality LUT. */
  z.strictObject({ step: z.literal('modality-lut') }),
  /**
   * Padded pixels take the lowest value of all others, and no percentile counts them. It belongs before any step that
   * scales: afterwards nobody knows which pixels were padding, and the step does nothing.
   */
  z.strictObject({ step: z.literal('padding'), as: z.literal('lowest') }),
  /** MONOCHROME1 is inverted, so that high values are dense in every image. */
  z.strictObject({ step: z.literal('photometric') }),
  /**
   * Maps to 0 … 1 as the image itself asks: by its VOI LUT or first window (PS3.3 C.11.2), or by its full range where
   * it has neither. The modality LUT is applied first where it has not been.
   */
  z.strictObject({ step: z.literal('voi') }),
  /** Maps the given percentiles of the image to 0 and 1 and clips. */
  z.strictObject({
    step: z.literal('percentile-window'),
    low: z.number().min(0).max(100),
    high: z.number().min(0).max(100),
  }),
  /**
   * Maps centre ± width/2 (modality units) to 0 and 1 and clips; `linear` and `sigmoid` are the other functions of
   * PS3.3 C.11.2.1.2 and C.11.2.1.3. `linear-exact` where absent.
   */
  z.strictObject({
    step: z.literal('window'),
    centre: z.number(),
    width: z.number().positive(),
    function: z.enum(['linear', 'linear-exact', 'sigmoid']).optional(),
  }),
  /** Keeps the middle `fraction` of rows and of columns. */
  z.strictObject({ step: z.literal('crop'), fraction: z.number().min(0.1).max(1) }),
  /** Scales so that a pixel is `millimetres` high and wide. An image that does not say how large it is is not analysed. */
  z.strictObject({ step: z.literal('resample'), millimetres: z.number().min(0.05).max(20) }),
  /**
   * Scales the whole image, aspect not kept. `area` weighs by area where it reduces and interpolates where it
   * enlarges; `bilinear` interpolates either way. `area` where absent.
   */
  z.strictObject({
    step: z.literal('resize'),
    rows: size,
    columns: size,
    kernel: z.enum(['area', 'bilinear']).optional(),
  }),
  /** Scales the image into the middle of rows × columns, aspect kept; the rest takes the lowest value. */
  z.strictObject({ step: z.literal('letterbox'), rows: size, columns: size }),
  z.strictObject({
    step: z.literal('normalise'),
    mean: z.number(),
    standardDeviation: z.number().positive(),
  }),
]);

export type PreprocessStep = z.infer<typeof preprocessStep>;

export type StepOf<Name extends PreprocessStep['step']> = Extract<PreprocessStep, { step: Name }>;
