import { z } from 'zod';
import { schema } from './field.ts';

/** Why part of a file is not sent. Otherwise the answer is the bytes themselves, with `schema` = `file-chunk`. */
export const fileRefusal = z.strictObject({
  schema,
  because: z.enum(['unknown-file', 'beyond-end', 'malformed', 'unavailable']),
});

export type FileRefusal = z.infer<typeof fileRefusal>;
