import { z } from 'zod';
import { count, instant, model, schema, sha256 } from './field.ts';

/** Retained: what the device runs, to be compared with what is desired. */
export const state = z.strictObject({
  schema,
  version: count.meta({ description: 'Grows whenever the rest changes.' }),
  at: instant,
  desired: z
    .strictObject({ sha256: sha256.meta({ description: 'Of the bytes on `down/desired`.' }) })
    .optional()
    .meta({ description: 'Which assignment has arrived last; it may be refused all the same.' }),
  models: z.array(model).max(32),
});

export type State = z.infer<typeof state>;
