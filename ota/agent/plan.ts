import type { TargetFile } from 'tuf-js';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { type Manifest, manifestSchema } from '../../models/manifest.ts';
import { manifestFile } from '../../models/manifest-rules.ts';
import type { Assignment } from '../trust/assignment.ts';
import { checkTargetName } from '../trust/target-name.ts';
import { blobOf, blobSchema } from './blob.ts';

/** One model that an assignment names. */
export type AssignedItem = Assignment['assignments'][number];

const patchSchema = z.strictObject({ base: z.string(), blob: blobSchema });

/** A file of a bundle, and how it may be made of one that is here already. */
const plannedFileSchema = z.strictObject({
  name: z.string(),
  blob: blobSchema,
  /** `base`: SHA-256 of the file that the patch starts from. */
  patch: patchSchema.optional(),
});

const gateFields = {
  /** Exams that both have looked at. */
  minStudies: z.int().min(0).max(10_000).optional(),
  /** Hours since the comparison began. */
  minHours: z.number().min(0).max(8760).optional(),
  /** Largest share of exams on which they may disagree. */
  maxDisagreement: z.number().gt(0).max(1).optional(),
  /** Milliseconds within which the new one does 95 of 100 exams. */
  maxP95Ms: z.number().positive().max(3_600_000).optional(),
};

/** What the new model has to show beside the one that answers, before it may; what is absent is as usual. */
const gateSchema = z.strictObject(gateFields);

export type ShadowGate = z.infer<typeof gateSchema>;

/** The same as it is signed for. What TUF signs has no fractions, so that a share is written as a text. */
export const signedGateSchema = z
  .strictObject({
    min_studies: gateFields.minStudies,
    min_hours: z.int().min(0).max(8760).optional(),
    max_disagreement: z
      .string()
      .regex(/^[01](\.\d{1,6})?$/)
      .transform(Number)
      .pipe(z.number().gt(0).max(1))
      .optional(),
    max_p95_ms: z.int().min(1).max(3_600_000).optional(),
  })
  .transform((signed): ShadowGate => ({
    minStudies: signed.min_studies,
    minHours: signed.min_hours,
    maxDisagreement: signed.max_disagreement,
    maxP95Ms: signed.max_p95_ms,
  }));

export type SignedGate = z.input<typeof signedGateSchema>;

/** Everything that there is to fetch of a bundle; the manifest comes first. */
export const planSchema = z.strictObject({
  version: z.string(),
  /** Place in the order of releases. */
  counter: z.int().nonnegative(),
  files: z.array(plannedFileSchema),
  shadow: gateSchema.optional(),
});

export type PlannedFile = z.infer<typeof plannedFileSchema>;
export type Plan = z.infer<typeof planSchema>;

export const longestManifest = 1 << 20;

type Find = (path: string) => Promise<TargetFile | undefined>;

/**
 * What to fetch for a model: the files that its manifest lists, each as the repository has signed for it. `manifest`: the
 * bytes of the assigned target, verified. Throws UPDATE_MODEL_REFUSED where they are no manifest of that model,
 * TARGET_UNKNOWN and TARGET_CHANGED where the repository disagrees with it.
 */
export async function planUpdate(
  item: AssignedItem,
  target: TargetFile,
  bytes: Buffer,
  find: Find,
): Promise<Plan> {
  const manifest = readManifest(item, bytes);
  const { counter, shadow } = customOf(target);
  const prefix = item.target.slice(0, -manifestFile.length);
  const files = [{ name: manifestFile, blob: blobOf(target) }];
  for (const [name, listed] of Object.entries(manifest.files))
    files.push(await planFile(`${prefix}${name}`, name, listed, find));
  return { version: manifest.identity.version, counter, files, ...(shadow && { shadow }) };
}

function readManifest({ group, target }: AssignedItem, bytes: Buffer): Manifest {
  const read = manifestSchema.safeParse(parse(bytes));
  if (!read.success || !target.endsWith(`/${manifestFile}`))
    throw new ScansideError('UPDATE_MODEL_REFUSED', `${target} is no manifest`);
  const { name } = read.data.identity;
  if (name === group) return read.data;
  throw new ScansideError('UPDATE_MODEL_REFUSED', `${target} is of the model ${name}`);
}

async function planFile(
  path: string,
  name: string,
  listed: Manifest['files'][string],
  find: Find,
): Promise<PlannedFile> {
  const target = await find(checkTargetName(path));
  if (!target) throw new ScansideError('TARGET_UNKNOWN', path);
  const blob = blobOf(target);
  if (blob.sha256 !== listed.sha256 || blob.length !== listed.size)
    throw new ScansideError('TARGET_CHANGED', `${path} is not what the manifest lists`);
  const patch = await planPatch(target, find);
  return { name, blob, ...(patch && { patch }) };
}

/** The patch that was signed with a file; undefined where there is none that would save anything. */
async function planPatch(
  { custom, length }: TargetFile,
  find: Find,
): Promise<PlannedFile['patch']> {
  const signed = deltaSchema.safeParse((custom as { delta?: unknown }).delta);
  if (!signed.success) return undefined;
  const { from, target } = signed.data;
  const patch = await find(checkTargetName(target));
  return patch && patch.length < length ? { base: from, blob: blobOf(patch) } : undefined;
}

/** What a publisher signs with a file that there is a patch for. */
const deltaSchema = z.object({ from: z.string(), target: z.string() });

const customSchema = z.object({ counter: z.int(), shadow: signedGateSchema.optional() });

/** Throws UPDATE_MODEL_REFUSED: a gate that cannot be read is none that was passed. */
function customOf({ custom, path }: TargetFile): z.infer<typeof customSchema> {
  const read = customSchema.safeParse(custom);
  if (read.success) return read.data;
  throw new ScansideError('UPDATE_MODEL_REFUSED', `${path}: ${z.prettifyError(read.error)}`);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Bytes that the disk must have room for, counting patches, whatever of it is there already. */
export function bytesOf({ files }: Plan): number {
  return files.reduce((sum, { blob, patch }) => sum + blob.length + (patch?.blob.length ?? 0), 0);
}
