import { z } from 'zod';
import { head } from './field.ts';

/** A signed checkpoint of the audit log: whoever keeps it can prove that the log was cut off or changed later. */
export const auditCheckpoint = z.strictObject({
  ...head,
  log: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .meta({ description: 'Names the log.' }),
  checkpoint: z
    .base64()
    .max(2048)
    .meta({ description: 'The record, for `scanside audit verify --checkpoint`.' }),
});

export type AuditCheckpoint = z.infer<typeof auditCheckpoint>;
