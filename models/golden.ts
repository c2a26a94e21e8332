import { z } from 'zod';

const fileName = z.string().regex(/^[A-Za-z0-9._-]+$/);

/** Cases with known answers that a model must repeat on this device before its first patient. */
export const goldenSchema = z.strictObject({
  /** Largest difference of a probability. Instruction sets round differently. */
  tolerance: z.number().positive().max(0.05),
  cases: z
    .array(
      z.strictObject({
        /** DICOM files of the bundle: one, or the slices of one series. */
        files: z.array(fileName).min(1).max(64),
        /** Expected probability by finding id; of a series, before aggregation, the highest. */
        probabilities: z.record(z.string(), z.number().min(0).max(1)),
        /** SHA-256 over the float32 values of the first file's image after each step of `preprocess`. */
        steps: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
      }),
    )
    .min(1)
    .max(32),
});

export type Golden = z.infer<typeof goldenSchema>;

/** Name of the file in a bundle. */
export const goldenFile = 'golden.json';
