import { z } from 'zod';
import { instant, schema } from './field.ts';

/** What a device can be told to do: nothing that could harm it, because no signature stands behind a command. */
export const commandNames = ['ping', 'report', 'check-updates'] as const;

export type CommandName = (typeof commandNames)[number];

/**
 * On `down/cmd`, never retained, with a message expiry, correlation data and, as response topic, the device's `up/reply`.
 * The same correlation data is the same command.
 */
export const command = z.strictObject({
  schema,
  command: z.enum(commandNames),
  issued: instant,
  expires: instant.meta({ description: 'After this it is not done any more.' }),
});

export type Command = z.infer<typeof command>;
