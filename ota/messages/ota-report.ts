import { z } from 'zod';
import { head, sha256, word } from './field.ts';
import { shadowCounts } from './shadow-counts.ts';

/** How far an update is, step by step; never dropped. */
export const otaReport = z.strictObject({
  ...head,
  assignment: z.int().positive().meta({ description: '`seq` of the assignment.' }),
  group: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional()
    .meta({ description: 'Group of slots; absent where it is about the whole assignment.' }),
  target: z.string().max(200).optional(),
  sha256: sha256.optional(),
  state: word.meta({
    description: 'State of the update agent: `downloading`, `trial`, `committed`, `failed`, …',
  }),
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
    .optional()
    .meta({ description: 'Why it failed: one of docs/errors.md.' }),
  reason: word
    .optional()
    .meta({ description: 'Why it waits: `window`, `busy`, `lock`, `heat`, …' }),
  progress: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ description: 'Share of the bytes that are there.' }),
  shadow: shadowCounts
    .optional()
    .meta({ description: 'Where a comparison beside the model that answers has ended.' }),
});

export type OtaReport = z.infer<typeof otaReport>;
