import { z } from 'zod';

/** Milliseconds since 1970 UTC, by the sender's clock. */
export const instant = z.int().positive().meta({ description: 'Milliseconds since 1970 UTC.' });

export const count = z.int().min(0);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A word of a closed list that may grow: an unknown one is passed on, a sentence is none. */
export const word = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i);

export const schema = z.literal(1).meta({ description: 'Version of the message.' });

/** Numbers of the queue from which a message comes. */
export const head = {
  schema,
  stream: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .meta({ description: 'Names the queue; another one where the device lost its old queue.' }),
  seq: z.int().positive().meta({
    description:
      'Number in the queue, never given twice. A message may come twice: device, stream and number tell.',
  }),
  at: instant.meta({ description: 'When it was written, milliseconds since 1970 UTC.' }),
};

/** A model that a device has. */
export const model = z.strictObject({ name: word, version: word, sha256 });
