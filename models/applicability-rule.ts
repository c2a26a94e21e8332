import { z } from 'zod';

const range = z.strictObject({ low: z.number(), high: z.number() });
const code = z.strictObject({ value: z.string().min(1), scheme: z.string().min(1) });

/**
 * To which images a model applies, as data. A list names what is accepted, a range includes its ends. What the header
 * does not say is not applicable, except where a rule says otherwise.
 */
export const applicabilitySchema = z.strictObject({
  /** Modality (0008,0060). */
  modality: z.array(z.string()).min(1),
  /** SOP Class UID. */
  sopClass: z.array(z.string()).min(1),
  /** Body Part Examined (0018,0015), upper case, synonyms included. */
  bodyPart: z.array(z.string()).min(1),
  /** Codes of the Anatomic Region Sequence (0008,2218), accepted in place of a body part. */
  anatomicRegion: z.array(code).optional(),
  /** View Position (0018,5101), upper case; absent or empty is accepted. */
  viewPosition: z.array(z.string()).min(1).optional(),
  /** Image Type (0008,0008) values that exclude an image, such as LOCALIZER. */
  excludedImageType: z.array(z.string()),
  /** Smallest Rows and Columns. */
  minimumSize: z.int().positive(),
  /**
   * Age in whole years. `absent` says what an unknown age means: not applicable, or that the image itself decides,
   * through the gate against what the model was not validated for.
   */
  ageYears: z
    .strictObject({ low: z.number(), high: z.number(), absent: z.enum(['refuse', 'gate']) })
    .optional(),
  /** Photometric Interpretation (0028,0004). */
  photometric: z.array(z.string()).min(1).optional(),
  bitsStored: range.optional(),
  /** Millimetres between neighbouring pixels; absent is accepted. */
  pixelSpacing: range.optional(),
  /** Millimetres; absent is accepted. */
  sliceThickness: range.optional(),
  /** Manufacturers (0008,0070), upper case, whose images the model is known to fail on. */
  deniedManufacturer: z.array(z.string()).optional(),
  /** Whether an image that names a contrast agent (0018,0010) is accepted; where this is absent it is. */
  contrast: z.boolean().optional(),
});

export type Applicability = z.infer<typeof applicabilitySchema>;
