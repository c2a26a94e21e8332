import { z } from 'zod';
import { count, schema } from './field.ts';

/** Most bytes of one answer. */
export const longestChunk = 256 * 1024;

/** Part of a file of the repository, where a device reaches nothing but the broker. */
export const fileRequest = z.strictObject({
  schema,
  file: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Name below the repository, such as `metadata/timestamp.json`.' }),
  offset: count.meta({ description: 'First byte.' }),
  length: z.int().min(1).max(longestChunk).meta({ description: 'Bytes.' }),
});

export type FileRequest = z.infer<typeof fileRequest>;
