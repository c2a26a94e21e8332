import { z } from 'zod';
import { codeSchema } from './code.ts';
import { estimateSchema, proportionSchema } from './figure.ts';

const probability = z.number().gt(0).lt(1);

/** What was measured at the operating point, on data that neither trained the model nor moved the threshold after. */
const performance = z.strictObject({
  /** Which cases: data set, part, what their labels are worth. */
  dataset: z.string().min(1).max(400),
  /** How the threshold was chosen. */
  chosenFor: z.string().min(1).max(200),
  auc: estimateSchema,
  sensitivity: proportionSchema,
  specificity: proportionSchema,
});

/** What a probability asks for. Names are actions' names, never how sure the model is. */
const tier = z.strictObject({
  name: z.enum(['high', 'medium', 'low']),
  /** Lowest probability of the tier. */
  from: probability,
  /** Of the flags of this tier on the measured cases, how many were right. */
  confirmed: proportionSchema.optional(),
});

/**
 * Split conformal prediction by class. A label stays possible while its nonconformity, 1 − p of that label, is not
 * above the quantile that `alpha` of the calibration cases with that label exceed.
 */
const conformal = z.strictObject({
  alpha: z.number().gt(0).lt(0.5),
  positive: z.number().min(0).max(1),
  negative: z.number().min(0).max(1),
});

export type Conformal = z.infer<typeof conformal>;

/** One head of a model: what it looks for, and what its number means. */
export const findingSchema = z.strictObject({
  /** Stable name of the head, in the order of the model's `logits`. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** What the panel says after "Flagged:", always a suspicion, never a diagnosis. */
  label: z.string().max(64),
  finding: codeSchema,
  site: codeSchema,
  /** Divides the logit before the sigmoid; 1 is uncalibrated. */
  temperature: z.number().positive(),
  /** Probability from which the finding is flagged, pre-specified: the operating point. */
  threshold: probability,
  conformal: conformal.optional(),
  /** From the highest down; the last begins at the threshold. */
  tiers: z.array(tier).min(1).max(3).optional(),
  performance,
  /** ACR actionable category that the SR recommends when flagged: 1 minutes, 2 hours, 3 days. */
  actionable: z.union([z.literal(1), z.literal(2), z.literal(3)]),
});

export type Finding = z.infer<typeof findingSchema>;
