import { z } from 'zod';
import { preprocessStep } from './preprocess-step.ts';

export type { PreprocessStep } from './preprocess-step.ts';

const code = z.strictObject({
  value: z.string().min(1).max(16),
  scheme: z.string().min(1).max(16),
  meaning: z.string().min(1).max(64),
});

/** A coded concept: value, coding scheme designator and meaning (PS3.3, table 8.8-1). */
export type Code = z.infer<typeof code>;

const finding = z.strictObject({
  /** Stable name of the head, in the order of the model's `logits`. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** What the panel says after "Flagged:", always a suspicion, never a diagnosis. */
  label: z.string().max(64),
  finding: code,
  site: code,
  /** Probability from which the finding is flagged, pre-specified. */
  threshold: z.number().gt(0).lt(1),
  /** Divides the logit before the sigmoid; 1 is uncalibrated. */
  temperature: z.number().positive(),
  /** ACR actionable category that the SR recommends when flagged: 1 minutes, 2 hours, 3 days. */
  actionable: z.union([z.literal(1), z.literal(2), z.literal(3)]),
});

export type Finding = z.infer<typeof finding>;

const applicability = z.strictObject({
  /** Modality (0008,0060) must be one of these. */
  modality: z.array(z.string()).min(1),
  /** SOP Class UID must be one of these. */
  sopClass: z.array(z.string()).min(1),
  /** Body Part Examined (0018,0015), upper case; an absent or empty value is not applicable. */
  bodyPart: z.array(z.string()).min(1),
  /** View Position (0018,5101), upper case; absent or empty is accepted. */
  viewPosition: z.array(z.string()).min(1),
  /** Image Type (0008,0008) values that exclude an image, such as LOCALIZER. */
  excludedImageType: z.array(z.string()),
  /** Smallest Rows and Columns. */
  minimumSize: z.int().positive(),
});

/** What a model bundle says of itself: identity, labelling, rules, inputs, outputs, evidence. Unknown keys are refused. */
export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  identity: z.strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,40}$/),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    vendor: z.string().min(1).max(64),
    /** Algorithm Name in the SR (TID 4019). */
    algorithmName: z.string().min(1).max(64),
    status: z.enum(['demo', 'investigational', 'cleared']),
  }),
  /** What a technologist may be shown: decided by the signature, enforced on the server. */
  presentation: z.enum(['triage-notify', 'concurrent-aid', 'research']),
  labelling: z.strictObject({
    /** Fixed text of every SR and of the panel. */
    notice: z.string().min(1).max(200),
    intendedUse: z.string().min(1),
    limitations: z.array(z.string().min(1)).min(1),
  }),
  applies: applicability,
  /** What one run of the model looks at. */
  unit: z.enum(['instance', 'series']),
  model: z.strictObject({
    file: z.string().regex(/^[A-Za-z0-9._-]+\.onnx$/),
    input: z.strictObject({ name: z.string(), rows: z.int(), columns: z.int() }),
    outputs: z.strictObject({ logits: z.string(), cam: z.string(), embedding: z.string() }),
  }),
  preprocess: z.array(preprocessStep).min(1),
  findings: z.array(finding).min(1),
  /** Milliseconds after which a run is killed. */
  timeoutMs: z.int().min(100).max(600_000),
  evidence: z.strictObject({
    /** On what data, and what that does not show. */
    statement: z.string().min(1),
    /** Area under the ROC curve by finding id, on the held-out set. */
    auc: z.record(z.string(), z.number().min(0).max(1)),
    cases: z.int().positive(),
  }),
  /** Every other file of the bundle by name. */
  files: z.record(
    z.string().regex(/^[A-Za-z0-9._-]+$/),
    z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;
