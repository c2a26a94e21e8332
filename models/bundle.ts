import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import { goldenFile } from './golden.ts';
import { type Manifest, manifestSchema } from './manifest.ts';
import { onnxViolation } from './onnx-rules.ts';

/** A model bundle that has passed every loader rule. */
export interface Bundle {
  folder: string;
  manifest: Manifest;
  /** SHA-256 of the model file, hexadecimal. */
  modelHash: string;
}

export const manifestFile = 'manifest.json';

/** Bytes of the largest file that a bundle may hold. */
const largestFile = 512 << 20;
const largestManifest = 1 << 20;

/** What the schema cannot say: rule by name, true where the manifest keeps it. */
const manifestRules: Record<string, (manifest: Manifest) => boolean> = {
  'the model file must be listed in files': ({ model, files }) => model.file in files,
  'golden.json must be listed in files': ({ files }) => goldenFile in files,
  'manifest.json must not list itself': ({ files }) => !(manifestFile in files),
  'finding ids must differ': ({ findings }) =>
    new Set(findings.map(({ id }) => id)).size === findings.length,
  'evidence must give the AUC of exactly the findings': ({ findings, evidence }) =>
    sameNames(
      findings.map(({ id }) => id),
      Object.keys(evidence.auc),
    ),
  'preprocess must resize to the size of the model input': ({ preprocess, model }) => {
    const last = preprocess.findLast((step) => step.step === 'resize');
    return last?.rows === model.input.rows && last.columns === model.input.columns;
  },
  'a percentile window must have low below high': ({ preprocess }) =>
    preprocess.every((step) => step.step !== 'percentile-window' || step.low < step.high),
};

function sameNames(one: string[], other: string[]): boolean {
  return one.toSorted().join('/') === other.toSorted().join('/');
}

function refuse(folder: string, rule: string): ScansideError {
  return new ScansideError('BUNDLE_INVALID', `${folder}: ${rule}`);
}

/** Reads a file of the bundle, never more than `largest` bytes of it. */
function readWithin(files: Files, folder: string, name: string, largest: number): Uint8Array {
  const path = join(folder, name);
  if (!files.isPlainFile(path)) throw refuse(folder, `${name} must be a plain file, not a link`);
  const fd = files.openToRead(path);
  try {
    const size = files.size(fd);
    if (size > largest) throw refuse(folder, `${name} must not be larger than ${largest} bytes`);
    const bytes = new Uint8Array(size);
    if (files.read(fd, bytes, 0) !== size) throw refuse(folder, `${name} must be readable whole`);
    return bytes;
  } finally {
    files.close(fd);
  }
}

function parseJson(folder: string, name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw refuse(folder, `${name} must be JSON`);
  }
}

function readManifest(files: Files, folder: string): Manifest {
  const bytes = readWithin(files, folder, manifestFile, largestManifest);
  const parsed = manifestSchema.safeParse(parseJson(folder, manifestFile, bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(folder, `${manifestFile} at ${issue?.path.join('.')}: ${issue?.message}`);
  }
  for (const [rule, keeps] of Object.entries(manifestRules))
    if (!keeps(parsed.data)) throw refuse(folder, rule);
  return parsed.data;
}

/**
 * Reads one file that the manifest lists and checks it against its size and hash, so that the bytes used are the
 * bytes listed, whatever has happened to the disk since. Throws BUNDLE_INVALID.
 */
export function readBundleFile(
  { folder, manifest }: Pick<Bundle, 'folder' | 'manifest'>,
  name: string,
  files: Files,
): Uint8Array {
  const listed = manifest.files[name];
  if (!listed) throw refuse(folder, `${name} must be listed in files`);
  const bytes = readWithin(files, folder, name, largestFile);
  if (bytes.length !== listed.size) throw refuse(folder, `${name} must have its listed size`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== listed.sha256) throw refuse(folder, `${name} must have its listed SHA-256`);
  return bytes;
}

/**
 * Loads a bundle and holds it against the loader rules: a valid manifest, no file missing, changed, linked or extra,
 * a model that needs nothing outside its own file.
 * Throws BUNDLE_INVALID and names the rule.
 */
export function loadBundle(folder: string, files: Files): Bundle {
  const manifest = readManifest(files, folder);
  const listed = [...Object.keys(manifest.files), manifestFile];
  const extra = files.list(folder).find((name) => !listed.includes(name));
  if (extra !== undefined) throw refuse(folder, `no file beside the listed ones: ${extra}`);
  for (const name of Object.keys(manifest.files)) {
    const bytes = readBundleFile({ folder, manifest }, name, files);
    const violation = name === manifest.model.file ? onnxViolation(bytes) : undefined;
    if (violation !== undefined) throw refuse(folder, violation);
  }
  return { folder, manifest, modelHash: manifest.files[manifest.model.file]?.sha256 ?? '' };
}
