import { z } from 'zod';
import { file, restart, seconds } from './config-value.ts';
import { httpAddress, httpTls } from './http-config.ts';

const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time of day such as 22:30' });

/** Signed updates of models; see docs/updates.md. */
export const updates = z
  .strictObject({
    repository: httpAddress.meta(
      restart('Address of the update repository; `metadata/` and `targets/` lie under it.'),
    ),
    rootFile: file.meta(
      restart('Root metadata that this device was set up with: `1.root.json` of the repository.'),
    ),
    assignments: httpAddress
      .optional()
      .meta(
        restart(
          'Address under which the director puts `SERIAL.json`, the assignment of this device; without it `assignments/` of the repository.',
        ),
      ),
    tls: httpTls.optional().meta(restart('Certificates, for an address with https.')),
    pollSeconds: seconds.default(300).meta(restart('How often a new assignment is asked for.')),
    window: z
      .strictObject({
        from: clockTime.meta(restart('Local time from which on models may be exchanged.')),
        to: clockTime.meta(restart('Local time at which that ends; before `from`, the next day.')),
      })
      .optional()
      .meta(restart('When models may be exchanged; without it whenever nobody is in the way.')),
    trialMinutes: z
      .number()
      .positive()
      .max(1440)
      .default(30)
      .meta(restart('How long a new model answers under watch before it is kept.')),
    trialExams: z
      .int()
      .positive()
      .max(10_000)
      .default(50)
      .meta(restart('Exams after which it is kept before that time.')),
  })
  .optional()
  .meta(restart('Signed updates of models; off where absent.'));
