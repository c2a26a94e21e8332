import { z } from 'zod';
import { schema } from './field.ts';

/** Why part of a file is not sent. Otherwise the answer is the bytes themselves, fewer than asked for at the file’s end, with `schema` = `file-chunk`. */
export const fileRefusal = z.strictObject({
  schema,
  because: z.enum(['unknown-file', 'beyond-end', 'malformed', 'unavailable']),
});

export type FileRefusal = z.infer<typeof fileRefusal>;
