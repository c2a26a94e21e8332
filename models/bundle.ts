import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import { brokenRule, manifestFile } from './manifest-rules.ts';
import { type Manifest, manifestSchema } from './manifest.ts';
import { checkOnnx, type OnnxSignature } from './onnx-rules.ts';

/** A model bundle that has passed every loader rule. */
export interface Bundle {
  folder: string;
  manifest: Manifest;
  /** SHA-256 of the manifest's bytes, hexadecimal. The manifest lists every file's own, so this names all of them. */
  hash: string;
}

/** Bytes of the largest file that a bundle may hold. */
const largestFile = 512 << 20;
const largestManifest = 1 << 20;
const mostFiles = 200;

function refuse(folder: string, rule: string, why: string): ScansideError {
  return new ScansideError('BUNDLE_INVALID', `${folder}: rule ${rule}: ${why}`);
}

/** Reads a file of the bundle, never more than `largest` bytes of it. */
function readWithin(files: Files, folder: string, name: string, largest: number): Uint8Array {
  const path = join(folder, name);
  if (!files.isPlainFile(path))
    throw refuse(folder, 'plain-file', `${name} must be a plain file, not a link`);
  const fd = files.openToRead(path);
  try {
    const size = files.size(fd);
    if (size > largest)
      throw refuse(folder, 'file-size', `${name} must not be larger than ${largest} bytes`);
    const bytes = new Uint8Array(size);
    if (files.read(fd, bytes, 0) !== size)
      throw refuse(folder, 'file-size', `${name} must be readable whole`);
    return bytes;
  } finally {
    files.close(fd);
  }
}

function parseJson(folder: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw refuse(folder, 'manifest-json', `${manifestFile} must be JSON`);
  }
}

function parseManifest(folder: string, bytes: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(folder, bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${manifestFile} at ${issue?.path.join('.')}`;
    throw refuse(folder, 'manifest-schema', `${where}: ${issue?.message}`);
  }
  const broken = brokenRule(parsed.data);
  if (broken) throw refuse(folder, broken.name, broken.must);
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
  if (!listed) throw refuse(folder, 'file-listed', `${name} must be listed in files`);
  const bytes = readWithin(files, folder, name, largestFile);
  if (bytes.length !== listed.size)
    throw refuse(folder, 'file-size', `${name} must have its listed size`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== listed.sha256)
    throw refuse(folder, 'file-hash', `${name} must have its listed SHA-256`);
  return bytes;
}

/** What every graph of a bundle must take and give; a volume has a dimension more in its input and its map. */
function signatureOf({ network: { input, outputs } }: Manifest): OnnxSignature {
  const volume = input.kind === 'volume';
  const { name, slices, rows, columns } = input;
  const ranks = { logits: 2, cam: volume ? 5 : 4, embedding: 2, mask: 4 };
  const roles = ['logits', 'cam', 'embedding', 'mask'] as const;
  return {
    input: { name, sizes: volume ? [1, slices, rows, columns] : [slices, rows, columns] },
    outputs: roles.flatMap((role) => {
      const output = outputs[role];
      return output === undefined ? [] : [{ name: output, rank: ranks[role] }];
    }),
  };
}

function checkFile(bundle: Bundle, name: string, files: Files): void {
  const bytes = readBundleFile(bundle, name, files);
  if (!name.endsWith('.onnx')) return;
  const violation = checkOnnx(bytes, signatureOf(bundle.manifest));
  if (violation) throw refuse(bundle.folder, violation.rule, `${name}: ${violation.why}`);
}

/**
 * Loads a bundle and holds it against the loader rules: a valid manifest, no file missing, changed, linked or extra,
 * graphs that need nothing outside their own file. Throws BUNDLE_INVALID and names the rule.
 */
export function loadBundle(folder: string, files: Files): Bundle {
  const bytes = readWithin(files, folder, manifestFile, largestManifest);
  const manifest = parseManifest(folder, bytes);
  const bundle = { folder, manifest, hash: createHash('sha256').update(bytes).digest('hex') };
  const listed = Object.keys(manifest.files);
  if (listed.length > mostFiles)
    throw refuse(folder, 'file-count', `there must not be more than ${mostFiles} files`);
  const extra = files.list(folder).find((name) => name !== manifestFile && !listed.includes(name));
  if (extra !== undefined)
    throw refuse(folder, 'file-unlisted', `no file beside the listed ones: ${extra}`);
  for (const name of listed) checkFile(bundle, name, files);
  return bundle;
}

/** Larger versions first; what is no version comes last. */
function byVersion(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (const at of [0, 1, 2]) {
    const difference = (right[at] ?? -1) - (left[at] ?? -1);
    if (difference) return difference;
  }
  return 0;
}

/**
 * The folder `NAME/VERSION` of a bundle named `NAME` or `NAME@VERSION`, the newest version where none is said.
 * Throws BUNDLE_INVALID where there is none.
 */
export function findBundle(bundles: string, name: string, files: Files): string {
  const [identity = '', wanted] = name.split('@');
  const versions = files
    .list(join(bundles, identity))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .sort(byVersion);
  const version = wanted === undefined ? versions[0] : versions.find((each) => each === wanted);
  if (version === undefined)
    throw refuse(join(bundles, identity), 'bundle-present', `there is no version of ${name}`);
  return join(bundles, identity, version);
}

/** The bundles of a folder that are to run, `NAME` or `NAME@VERSION` each. Throws BUNDLE_INVALID. */
export function loadEnabled(folder: string, enabled: readonly string[], files: Files): Bundle[] {
  return enabled.map((name) => loadBundle(findBundle(folder, name, files), files));
}
