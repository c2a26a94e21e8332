import { z } from 'zod';
import { file, restart } from './config-value.ts';

/** Section `audit` of the configuration. */
export const audit = z.strictObject({
  hospitalKeyFile: file
    .optional()
    .meta(
      restart(
        'PEM file with the hospital’s X25519 public key: only who holds the private one can read the audit log. Without it the device makes a pair of its own and keeps the private key sealed, and nobody but the device can read the log.',
      ),
    ),
  quotaMegabytes: z
    .int()
    .min(16)
    .max(65_536)
    .default(4096)
    .meta(restart('Megabytes of the disk that are kept for the audit log.')),
  refuseWhenNearFull: z
    .boolean()
    .default(true)
    .meta(
      restart(
        'At 95 % of its quota images are refused with status A700, so that none is handled that could not be recorded. Off, the log fills and ends.',
      ),
    ),
});
