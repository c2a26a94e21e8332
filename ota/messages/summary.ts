import { z } from 'zod';
import { count, head, word } from './field.ts';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/**
 * One model over some days, as histograms of fixed bins that add up over devices and days. No cell is 1 to 4, so that
 * none tells of one patient; what is held back is counted with a later day.
 */
export const summary = z.strictObject({
  ...head,
  model: word,
  version: word,
  from: day,
  to: day,
  counts: z
    .record(word, z.array(count).max(128))
    .meta({ description: 'Counts by histogram: outcome, latency, scores and signals.' }),
});

export type Summary = z.infer<typeof summary>;
