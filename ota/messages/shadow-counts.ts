import { z } from 'zod';

const count = z.int().nonnegative();

/** What a comparison of two models came to: counts alone, of nobody in particular. */
export const shadowCounts = z.strictObject({
  verdict: z.enum(['continue', 'pass', 'fail']).meta({
    description: '`continue`: not enough is known for either of the others.',
  }),
  studies: count.meta({ description: 'Exams that both have looked at.' }),
  gained: count.meta({ description: 'Exams that the candidate alone has flagged.' }),
  lost: count.meta({ description: 'Exams that the model that answers alone has flagged.' }),
  other: count.meta({ description: 'Exams that both have flagged, for different findings.' }),
  onlyActive: count.meta({ description: 'Exams on which the candidate alone gave no answer.' }),
  onlyCandidate: count.meta({ description: 'Exams on which it alone gave one.' }),
  p95Ms: z
    .number()
    .nonnegative()
    .meta({ description: 'Milliseconds within which the candidate did 95 of 100 exams.' }),
});

export type ShadowCounts = z.infer<typeof shadowCounts>;
