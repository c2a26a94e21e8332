import { z } from 'zod';
import { restart } from './config-value.ts';

/** Section `shadow`: a candidate that is compared with the model that answers, without ever answering itself. */
export const shadow = z
  .strictObject({
    candidate: z
      .string()
      .regex(/^[a-z0-9-]{1,40}@\d+\.\d+\.\d+$/, { error: 'a bundle such as chest-child@1.1.0' })
      .meta(
        restart(
          'Bundle in `models.folder` that looks at exams beside the enabled one of the same name. Nobody is shown what it says.',
        ),
      ),
    minStudies: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta(restart('Exams that both must have looked at; 100 where absent.')),
    minHours: z
      .number()
      .min(0)
      .max(8760)
      .optional()
      .meta(restart('Hours for which they must have been compared; 0 where absent.')),
    maxDisagreement: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .meta(restart('Largest share of exams on which they may disagree; 0.1 where absent.')),
    maxP95Ms: z
      .number()
      .positive()
      .max(3_600_000)
      .optional()
      .meta(
        restart(
          'Milliseconds within which the candidate must do 95 of 100 exams; no limit where absent.',
        ),
      ),
  })
  .optional()
  .meta(restart('A candidate that is compared with the model that answers; none where absent.'));
