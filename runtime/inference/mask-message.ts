import { z } from 'zod';
import { areRuns } from '../../models/explanation/mask-runs.ts';
import type { Mask } from '../../models/outcome.ts';
import { mostRunsTogether, runsOf } from './mask.ts';

/** Rows and columns are unsigned words (PS3.3 C.7.6.3). */
const side = z.int().min(1).max(65_535);

const mask = z
  .object({
    finding: z.string(),
    rows: side,
    columns: side,
    // Checked below in one pass: hundreds of thousands of numbers, of which a schema would look at each.
    runs: z.custom<number[]>(Array.isArray),
    frame: z.int().positive().optional(),
  })
  .refine(areRuns, 'the runs are none of the image');

/** The masks of one result as the engine process tells them. */
export const masksMessage: z.ZodType<Mask[]> = z
  .array(mask)
  .refine((masks) => runsOf(masks) <= mostRunsTogether, 'the masks have too many runs');
