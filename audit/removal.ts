import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { readKeyChange, type Removal } from './checkpoint.ts';
import { keyChangesName, readFrames } from './frame-reader.ts';
import { decodeRecord } from './record.ts';
import { sizeOf } from './recovery.ts';
import { decodeHeader, frameOf, segmentKeyName, segmentName } from './segment.ts';

/** What is said when everything before a segment is removed. Throws AUDIT_UNREADABLE where it has no header. */
export function removalTo(files: Files, folder: string, segment: number): Removal {
  const path = join(folder, segmentName(segment));
  const [first] = readFrames(files, path);
  const header = first?.body && decodeHeader(first.body);
  if (!header) throw new ScansideError('AUDIT_UNREADABLE', path);
  const { firstSequence, previous } = header;
  return { segment, firstSequence, previous: Buffer.from(previous) };
}

/** The changes of keys in some segments, as frames. */
export function keyChangesIn(files: Files, folder: string, segments: readonly number[]): Buffer[] {
  return segments.flatMap((number) =>
    [...readFrames(files, join(folder, segmentName(number)))].flatMap(({ body }) => {
      const record = body && decodeRecord(body);
      return record && readKeyChange(record) ? [frameOf(body)] : [];
    }),
  );
}

/** The changes of keys that are remembered of segments that are gone. */
export function rememberedKeyChanges(files: Files, folder: string): Buffer[] {
  const path = join(folder, keyChangesName);
  if (!files.exists(path)) return [];
  return [...readFrames(files, path)].flatMap(({ body }) => (body ? [frameOf(body)] : []));
}

/** Keeps the changes of keys of segments that are about to go: without them nobody could verify what follows. */
export function rememberKeyChanges(
  files: Files,
  folder: string,
  segments: readonly number[],
): void {
  const found = keyChangesIn(files, folder, segments);
  const kept = rememberedKeyChanges(files, folder);
  const fresh = found.filter((frame) => !kept.some((each) => each.equals(frame)));
  if (fresh.length > 0)
    files.replace(join(folder, keyChangesName), Buffer.concat([...kept, ...fresh]));
}

/** Removes segments with their keys, from the first on; returns their bytes. */
export function removeSegments(files: Files, folder: string, segments: readonly number[]): number {
  let bytes = 0;
  for (const number of segments) {
    const path = join(folder, segmentName(number));
    bytes += sizeOf(files, path);
    files.remove(join(folder, segmentKeyName(number)));
    files.remove(path);
  }
  return bytes;
}
