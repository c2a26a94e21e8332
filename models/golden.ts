import { z } from 'zod';
import { phantomFindings } from './phantom/finding.ts';

/** Cases with known answers that a model must repeat on this device before its first patient. */
export const goldenSchema = z.strictObject({
  /** Largest difference of a probability. Instruction sets round differently. */
  tolerance: z.number().positive().max(0.05),
  cases: z
    .array(
      z.strictObject({
        /** The input, drawn by `renderPhantom`. */
        phantom: z.strictObject({
          seed: z.int(),
          size: z.int().min(16).max(1024),
          findings: z.array(z.enum(phantomFindings)),
        }),
        /** Expected probability by finding id. */
        probabilities: z.record(z.string(), z.number().min(0).max(1)),
      }),
    )
    .min(1)
    .max(32),
});

export type Golden = z.infer<typeof goldenSchema>;

/** Name of the file in a bundle. */
export const goldenFile = 'golden.json';
