import { z } from 'zod';
import { applicabilitySchema } from './applicability-rule.ts';
import { findingSchema } from './finding.ts';
import { preprocessStep } from './preprocess-step.ts';

export type { Code } from './code.ts';
export type { Finding } from './finding.ts';
export type { PreprocessStep } from './preprocess-step.ts';

const fileName = z.string().regex(/^[A-Za-z0-9._-]+$/);
const onnxFile = z.string().regex(/^[A-Za-z0-9._-]+\.onnx$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const identity = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  vendor: z.string().min(1).max(64),
  /** Algorithm Name in the SR (TID 4019). */
  algorithmName: z.string().min(1).max(64),
  status: z.enum(['demo', 'investigational', 'cleared']),
  /** Number of the clearance; required where the status is `cleared`. */
  clearance: z.string().min(1).max(64).optional(),
  /** Device identifier part of the UDI. */
  udi: z.string().min(1).max(64).optional(),
});

const labelling = z.strictObject({
  /** Fixed text of every SR and of the panel. */
  notice: z.string().min(1).max(200),
  intendedUse: z.string().min(1),
  contraindications: z.array(z.string().min(1)).min(1),
  limitations: z.array(z.string().min(1)).min(1),
});

/** The graphs of one member: full precision, and what was derived from it for a kind of accelerator. */
const member = z.strictObject({
  fp32: onnxFile,
  'int8.cpu': onnxFile.optional(),
  'int8.trt': onnxFile.optional(),
});

const variant = z.enum(['fp32', 'int8.cpu', 'int8.trt']);

/** A graph of a member: as trained, or quantised for the CPU or for TensorRT. */
export type Variant = z.infer<typeof variant>;

/** What one run looks at: an image or slice alone, neighbouring slices as channels, or a whole series as one volume. */
const input = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['image', 'slice', 'slab', 'volume']),
  rows: z.int().min(8).max(2048),
  columns: z.int().min(8).max(2048),
  /** Slices of a slab (odd) or of a volume; 1 for an image or slice. */
  slices: z.int().min(1).max(512),
  /** Millimetres between slices, rows and columns that a volume is resampled to. */
  spacing: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
    .optional(),
  /** Most inputs in one run. */
  batch: z.int().min(1).max(64),
});

export type ModelInput = z.infer<typeof input>;

const network = z.strictObject({
  /** One or more networks trained alike; the mean of their logits counts, their disagreement is uncertainty. */
  members: z.array(member).min(1).max(8),
  /** Which graph runs on which accelerator. The figures of the manifest were measured with the one for the CPU. */
  runs: z.strictObject({ cpu: variant, tensorrt: variant }),
  input,
  /**
   * Output names by role. `cam` is the class activation map whose mean is the logit. `mask` has a logit for each finding
   * and field of a grid that covers the input, [N, findings, rows, columns], whose sides divide those of the input.
   */
  outputs: z.strictObject({
    logits: z.string().min(1),
    cam: z.string().min(1).optional(),
    embedding: z.string().min(1).optional(),
    mask: z.string().min(1).optional(),
  }),
  /** Probability from which a pixel belongs to a finding; exactly where there is the output `mask`. */
  maskThreshold: z.number().gt(0).lt(1).optional(),
  /** Views of the input beside the original whose logits are averaged with it: test-time augmentation. */
  views: z.array(z.enum(['mirrored', 'enlarged', 'reduced'])).max(3),
});

/** How the images of a series, or of a study, become one probability of a finding. */
const aggregation = z.discriminatedUnion('by', [
  /** The highest of all images decides. */
  z.strictObject({ by: z.literal('highest') }),
  /** Mean of the `k` highest probabilities of a series. */
  z.strictObject({ by: z.literal('top'), k: z.int().min(1).max(50) }),
  /** 1 − Π(1 − p) over a series. */
  z.strictObject({ by: z.literal('noisy-or') }),
]);

const measuredShare = z.strictObject({ count: z.int().nonnegative(), of: z.int().positive() });

/** Against what the model was not validated for: Mahalanobis distances to the reference, each divided by its limit. */
const domain = z.strictObject({
  /** File of the reference: means and covariance of thumbnail, histogram and embedding. */
  file: fileName,
  /**
   * Where an image outside stops its own analysis, 0; for a series the share of images that may lie outside before
   * the whole series counts as outside.
   */
  tolerated: z.number().min(0).lt(1),
  /** How often an image of the intended kind is stopped, measured on images that the reference has not seen. */
  falseStops: measuredShare,
  /**
   * By what another population is told from exams of the intended kind: how many of these are outside, or lie beyond the
   * line of the reference. Measured on the same images; there exactly where the reference has a line.
   */
  population: measuredShare.optional(),
});

/** What a model bundle says of itself. Unknown keys are refused everywhere. */
export const manifestSchema = z.strictObject({
  schema: z.literal(2),
  /** Oldest version of this program that can run it. */
  minimumRuntime: z.string().regex(/^\d+\.\d+\.\d+$/),
  identity,
  /** What a technologist may be shown: decided by the signature, enforced on the server. */
  presentation: z.enum(['triage-notify', 'concurrent-aid', 'research']),
  /** Which of its answers may be used at all. */
  show: z.strictObject({
    flag: z.boolean(),
    localisation: z.boolean(),
    qualityHint: z.boolean(),
  }),
  labelling,
  applies: applicabilitySchema,
  preprocess: z.array(preprocessStep).min(1).max(20),
  network,
  findings: z.array(findingSchema).min(1).max(32),
  aggregation,
  domain: domain.optional(),
  /** File of what was counted on exams of the intended kind, which drift is held against. */
  drift: z.strictObject({ file: fileName }).optional(),
  /** Largest standard deviation of the members' probabilities at which the absence of a flag is still said. */
  largestSpread: z.number().gt(0).lt(1).optional(),
  explanation: z.strictObject({
    method: z.enum(['class-activation-map', 'none']),
    /** What such a picture shows and does not show. */
    statement: z.string().min(1),
  }),
  limits: z.strictObject({
    /** Milliseconds after which a run is killed. */
    timeoutMs: z.int().min(100).max(600_000),
    /** Resident memory of a run, megabytes, measured by its maker. */
    peakMegabytes: z.int().positive(),
  }),
  evidence: z.strictObject({
    /** On what data, and what that does not show. */
    statement: z.string().min(1),
    /** Cases that the figures were measured on. */
    cases: z.int().positive(),
  }),
  provenance: z.strictObject({
    /** Code that trained it, by hash, and what it was trained on. */
    training: z.string().min(1),
    data: z.string().min(1),
    quantisation: z.string().min(1).optional(),
    licence: z.string().min(1),
  }),
  /** Every other file of the bundle by name. */
  files: z.record(fileName, z.strictObject({ sha256, size: z.int().nonnegative() })),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** The file that a member runs on an accelerator, or on the processor. */
export function graphFile(
  { network: { members, runs } }: Manifest,
  at: number,
  accelerator: 'cpu' | 'tensorrt',
): string {
  const chosen = members[at];
  return chosen?.[runs[accelerator]] ?? chosen?.fp32 ?? '';
}

/** The file that a member runs on the CPU. */
export function cpuFile(manifest: Manifest, at: number): string {
  return graphFile(manifest, at, 'cpu');
}
