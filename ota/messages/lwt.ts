import { z } from 'zod';
import { count, schema } from './field.ts';

/** Retained: the connection has ended. The broker sends it where the device could not take its leave. */
export const lwt = z.strictObject({
  schema,
  bdSeq: count.meta({
    description: 'Number of the connection that ended; stale where the birth has a greater one.',
  }),
  because: z.enum(['lost', 'stopped']).meta({
    description: '`lost`: the broker no longer hears the device. `stopped`: it said goodbye.',
  }),
});

export type Lwt = z.infer<typeof lwt>;
