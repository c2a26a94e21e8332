import { z } from 'zod';
import { count, instant, model, schema, word } from './field.ts';

/** Retained, with every connection: what the device is. */
export const birth = z.strictObject({
  schema,
  bdSeq: count.meta({
    description: 'Number of the connection. A last will with a smaller one is of an earlier one.',
  }),
  at: instant,
  software: word.meta({ description: 'Version of the program.' }),
  node: word.meta({ description: 'Version of Node.' }),
  arch: word,
  board: word.optional().meta({ description: 'What the board says it is.' }),
  platform: word.optional().meta({ description: 'JetPack or L4T release of the box.' }),
  keys: z.enum(['file', 'tpm']).meta({ description: 'How the root key is kept.' }),
  models: z.array(model).max(32),
  commands: z.array(word).max(32).meta({ description: 'Commands that it knows.' }),
});

export type Birth = z.infer<typeof birth>;
