import { z } from 'zod';
import { head, word } from './field.ts';

/** Something has begun or ended on the device. */
export const event = z.discriminatedUnion('event', [
  z.strictObject({
    ...head,
    event: z.enum(['condition-raised', 'condition-cleared']),
    condition: word.meta({ description: 'One of docs/conditions.md.' }),
    priority: z.enum(['high', 'medium', 'low']),
  }),
  z.strictObject({ ...head, event: z.enum(['started', 'stopped']) }),
]);

export type Event = z.infer<typeof event>;
