import { z } from 'zod';
import { head, word } from './field.ts';

/** What became of a command; on the response topic, with its correlation data. */
export const commandReply = z.strictObject({
  ...head,
  command: word,
  status: z.enum(['done', 'expired', 'refused', 'failed']),
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
    .optional()
    .meta({ description: 'Why not: one of docs/errors.md.' }),
});

export type CommandReply = z.infer<typeof commandReply>;
