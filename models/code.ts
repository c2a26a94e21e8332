import { z } from 'zod';

/** A coded concept: value, coding scheme designator and meaning (PS3.3, table 8.8-1). */
export const codeSchema = z.strictObject({
  value: z.string().min(1).max(16),
  scheme: z.string().min(1).max(16),
  meaning: z.string().min(1).max(64),
});

export type Code = z.infer<typeof codeSchema>;
