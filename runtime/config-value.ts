import { z } from 'zod';

/** What the reference page says of a key beside its type and default. */
type KeyNotes = {
  description: string;
  /** Whether a change takes effect only after the process has been started again. */
  requiresRestart: boolean;
};

/** Notes of a key that is read at the start. */
export const restart = (description: string): KeyNotes => ({ description, requiresRestart: true });

export const port = z.int().min(0).max(65535);

export const aeTitle = z
  .string()
  .regex(/^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/, {
    error: '1 to 16 printable ASCII characters, no backslash, no space at either end',
  });

export const seconds = z.number().positive().max(86_400);

/** Path of a file; relative to the working folder. */
export const file = z.string().min(1);
