import { createHash } from 'node:crypto';
import type { TargetFile } from 'tuf-js';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { storedName } from '../trust/target.ts';

/** Bytes of a segment: what is fetched again at most where a byte is wrong. */
export const segmentLength = 4 << 20;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file as it was signed for. */
export const blobSchema = z.strictObject({
  /** Name below the repository's targets, with its hash. */
  stored: z.string(),
  length: z.int().nonnegative(),
  sha256,
  /** SHA-256 of each segment of `segmentLength` bytes; one of the whole file where nothing else was signed. */
  segments: z.array(sha256),
});

export type Blob = z.infer<typeof blobSchema>;

/** Hashes of the segments of a file, for whoever signs for it. */
export function hashSegments(bytes: Uint8Array): string[] {
  const count = Math.max(1, Math.ceil(bytes.length / segmentLength));
  return Array.from({ length: count }, (_, at) =>
    createHash('sha256')
      .update(bytes.subarray(at * segmentLength, (at + 1) * segmentLength))
      .digest('hex'),
  );
}

/** First byte of a segment and the one behind its last. */
export function segmentRange(
  { length, segments }: Blob,
  at: number,
): { start: number; end: number } {
  if (segments.length === 1) return { start: 0, end: length };
  return { start: at * segmentLength, end: Math.min(length, (at + 1) * segmentLength) };
}

/** Whether a segment stands in an open file as it was signed for. */
export function holdsSegment(files: Files, fd: number, blob: Blob, at: number): boolean {
  const { start, end } = segmentRange(blob, at);
  const bytes = Buffer.allocUnsafe(end - start);
  if (files.read(fd, bytes, start) !== bytes.length) return false;
  return createHash('sha256').update(bytes).digest('hex') === blob.segments[at];
}

/** Whether a file is there, whole and as it was signed for. */
export function holdsBlob(files: Files, path: string, blob: Blob): boolean {
  if (!files.exists(path)) return false;
  const fd = files.openToRead(path);
  try {
    if (files.size(fd) !== blob.length) return false;
    return blob.segments.every((_, at) => holdsSegment(files, fd, blob, at));
  } finally {
    files.close(fd);
  }
}

/** What was signed for a target, as far as its bytes go. Throws TARGET_CHANGED where that does not fit together. */
export function blobOf(target: TargetFile): Blob {
  const { path, length, hashes, custom } = target;
  const { segments } = custom as { segments?: unknown };
  const whole = sha256.safeParse(hashes['sha256']);
  if (!whole.success)
    throw new ScansideError('TARGET_CHANGED', `${path} is signed without SHA-256`);
  const blob = { stored: storedName(target), length, sha256: whole.data };
  if (segments === undefined) return { ...blob, segments: [whole.data] };
  const count = Math.max(1, Math.ceil(length / segmentLength));
  const signed = z.array(sha256).length(count).safeParse(segments);
  if (signed.success) return { ...blob, segments: signed.data };
  throw new ScansideError('TARGET_CHANGED', `${path}: its segments are not those of its length`);
}
