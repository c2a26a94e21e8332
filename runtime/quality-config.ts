import { z } from 'zod';
import { file, restart } from './config-value.ts';

const share = z.number().min(0).max(1);

const audit = z.strictObject({
  unflagged: share
    .default(0.02)
    .meta(restart('Share of the exams without a flag that are drawn at random to be read.')),
  doubtful: share
    .default(0.1)
    .meta(
      restart(
        'The same of those whose probability reaches half of the threshold: misses are met there more often.',
      ),
    ),
  flagged: share
    .default(1)
    .meta(restart('The same of exams with a flag; 1 where each of them gets a report anyway.')),
});

/** How the device measures what its models are worth here. */
export const quality = z.strictObject({
  site: z
    .string()
    .max(64)
    .default('')
    .meta(restart('Name of the site that figures are given for. No name of a person.')),
  referenceKeyFile: file
    .optional()
    .meta(
      restart(
        'Public key of the hospital (PEM, Ed25519) that signs imported reports; without it none are imported.',
      ),
    ),
  feedback: z
    .boolean()
    .default(false)
    .meta(
      restart(
        'Whether a person may give de-identified exams to whoever trains the models again (`scanside quality cases`).',
      ),
    ),
  readers: z
    .int()
    .min(1)
    .max(5)
    .default(2)
    .meta(
      restart('How many radiologists read each drawn exam without seeing what AI or another said.'),
    ),
  audit: audit.prefault({}),
});
