import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { canonicalJson } from '../canonical-json.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const uid = z
  .string()
  .max(64)
  .regex(/^\d+(\.\d+)*$/);
const semver = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/);

/** A patient's pseudonym and a site's name: what may stand in a Patient ID and in a file's name. */
export const pseudonym = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/);

/** Such as `pneumonia`. */
export const labelName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);

/** 1 has the finding, 0 has it not. A label that is missing is not there. */
const label = z.union([z.literal(0), z.literal(1)]);

export const parts = ['train', 'validation', 'test'] as const;
const part = z.enum(parts);
export type Part = z.infer<typeof part>;

export const sexes = ['F', 'M', 'O'] as const;
export const views = ['PA', 'AP', 'LL'] as const;

const item = z.strictObject({
  /** Path of the DICOM file, from the folder of the data set. */
  file: z.string().regex(/^instances\/[0-9.]+\.dcm$/),
  /** Of the file's bytes. */
  sha256: hash,
  /** Of the pixel data alone: the same picture under two names has the same. */
  pixels: hash,
  sopInstanceUid: uid,
  patient: pseudonym,
  site: pseudonym.optional(),
  labels: z.record(labelName, label),
  /** What each reader said, by label and reader, where there were several. */
  opinions: z.record(labelName, z.record(pseudonym, label)).optional(),
  /** Whole years. */
  age: z.int().min(0).max(120).optional(),
  sex: z.enum(sexes).optional(),
  view: z.enum(views).optional(),
  /** The file that it was made from. */
  source: z.strictObject({ file: z.string().min(1).max(1024), sha256: hash }),
  part: part.optional(),
  fold: z.int().min(0).max(99).optional(),
});

export type DatasetItem = z.infer<typeof item>;

const kappa = z.number().min(-1).max(1).nullable();

const agreement = z.strictObject({
  readers: z.array(pseudonym).min(2),
  /** Images that every reader has read: on these kappa stands. */
  images: z.int().nonnegative(),
  /** Cohen's for two readers, Fleiss' for more; null where everybody always said the same. */
  kappa,
  /** Cohen's kappa of every pair, over the images that both have read. */
  pairs: z.array(
    z.strictObject({ readers: z.tuple([pseudonym, pseudonym]), images: z.int(), kappa }),
  ),
  /** Files without a majority: they have no label until somebody adjudicates. */
  ties: z.array(z.string()),
});

export type Agreement = z.infer<typeof agreement>;

const split = z.strictObject({
  /** What is kept together. */
  by: z.enum(['patient', 'site']),
  /** Which label the parts or folds are balanced by. */
  label: labelName,
  seed: z.string().min(1).max(64),
  /** Percentages. */
  parts: z.strictObject({ train: z.number(), validation: z.number(), test: z.number() }).optional(),
  folds: z.int().min(2).max(100).optional(),
});

export type Split = z.infer<typeof split>;

/** `dataset.json`: what a data set consists of. Unknown keys are refused. */
export const datasetSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  version: semver,
  /** The version that this one was made from. */
  madeFrom: z.strictObject({ version: semver, hash }).optional(),
  created: z.iso.date(),
  sources: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200),
        /** Where it comes from, how it was labelled, and what it cannot show. */
        statement: z.string().min(1).max(2000),
        licence: z.string().min(1).max(200),
      }),
    )
    .min(1),
  items: z.array(item).min(1).max(1_000_000),
  agreement: z.record(labelName, agreement).optional(),
  split: split.optional(),
  hash,
});

export type Dataset = z.infer<typeof datasetSchema>;

export function sha256Of(...bytes: (string | Uint8Array)[]): string {
  const digest = createHash('sha256');
  for (const each of bytes) digest.update(each);
  return digest.digest('hex');
}

/** The hash of the content: everything but the hash itself and when it was made, so that the same import has the same. */
export function datasetHash(dataset: Omit<Dataset, 'hash'> & { hash?: string }): string {
  const { hash: _hash, created: _created, ...content } = dataset;
  return sha256Of(canonicalJson(content));
}

/** Puts items in the order of their files and seals the whole with its hash. */
export function sealDataset(dataset: Omit<Dataset, 'hash'>): Dataset {
  const items = dataset.items.toSorted((one, other) => (one.file < other.file ? -1 : 1));
  const ordered = { ...dataset, items };
  return { ...ordered, hash: datasetHash(ordered) };
}

/** Reads the text of a `dataset.json`. Throws DATASET_INVALID for another schema, a wrong value or a wrong hash. */
export function parseDataset(text: string): Dataset {
  const dataset = parseSchema(parseJson(text));
  if (datasetHash(dataset) === dataset.hash) return dataset;
  throw new ScansideError('DATASET_INVALID', 'dataset.json was changed: its hash does not fit');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ScansideError('DATASET_INVALID', 'dataset.json is not JSON', { cause });
  }
}

function parseSchema(value: unknown): Dataset {
  const parsed = datasetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') || 'dataset.json';
  throw new ScansideError('DATASET_INVALID', `${place}: ${issue?.message}`);
}
