import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type Blob, holdsSegment, segmentRange } from './blob.ts';
import type { ChunkSource } from './chunk-source.ts';

/** Most bytes that are asked for at once. */
const mostAtOnce = 1 << 20;
/** How often a segment may come with wrong bytes. */
const mostWrong = 2;

export interface DownloadPorts {
  files: Files;
  source: ChunkSource;
  /** Files that the disk has failed to keep: they read well, and are not on it. */
  doubted: Set<string>;
  /** Told of the bytes of the file that are there, as they come. Throws to stop. */
  progress?(bytes: number): void;
}

/**
 * Brings a file to what was signed for it. What is there already is verified and stays, also the part of a segment: a
 * link that is cut costs next to nothing. Each segment is on stable storage before the next is begun, and nothing is
 * taken beyond the signed length. Throws TARGET_CHANGED, what the source throws and Node's own errors; what has come
 * stays for the next time.
 */
export async function download(ports: DownloadPorts, blob: Blob, path: string): Promise<void> {
  const { files, doubted } = ports;
  if (doubted.has(path)) files.remove(path);
  doubted.add(path);
  const fd = files.exists(path) ? files.openToAppend(path) : files.create(path);
  try {
    let at = keepGood(files, fd, blob);
    for (; at < blob.segments.length; at++) await fetchSegment(ports, fd, blob, at);
    await files.sync(fd);
    doubted.delete(path);
  } catch (error) {
    if (error instanceof ScansideError) doubted.delete(path);
    throw error;
  } finally {
    files.close(fd);
  }
}

/** Cuts the file behind what may be right; returns the first segment that is not whole. */
function keepGood(files: Files, fd: number, blob: Blob): number {
  for (const at of blob.segments.keys()) {
    const { start, end } = segmentRange(blob, at);
    const size = files.size(fd);
    if (size < end) return at;
    if (holdsSegment(files, fd, blob, at)) continue;
    files.truncate(fd, start);
    return at;
  }
  files.truncate(fd, blob.length);
  return blob.segments.length;
}

async function fetchSegment(
  ports: DownloadPorts,
  fd: number,
  blob: Blob,
  at: number,
): Promise<void> {
  const { files } = ports;
  for (let wrong = 0; wrong < mostWrong; wrong++) {
    await fill(ports, fd, blob, segmentRange(blob, at).end);
    if (holdsSegment(files, fd, blob, at)) return files.sync(fd);
    files.truncate(fd, segmentRange(blob, at).start);
  }
  throw new ScansideError('TARGET_CHANGED', `${blob.stored}: another hash in segment ${at + 1}`);
}

/** Appends until the file has `end` bytes. */
async function fill(
  { files, source, progress }: DownloadPorts,
  fd: number,
  { stored }: Blob,
  end: number,
): Promise<void> {
  for (let size = files.size(fd); size < end;) {
    const bytes = await source.read(stored, size, Math.min(mostAtOnce, end - size));
    if (bytes.length === 0 || bytes.length > end - size)
      throw new ScansideError('UPDATE_UNREACHABLE', `${stored}: ${bytes.length} bytes at ${size}`);
    files.write(fd, bytes, 0, bytes.length);
    size += bytes.length;
    progress?.(size);
  }
}
