import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { segmentNumbers } from './recovery.ts';
import { bodyAt, frameHeadLength, longestBody, segmentName } from './segment.ts';

/** A frame where it stands; without a body where none can be read, and then it is the last of its file. */
export interface PlacedFrame {
  file: string;
  offset: number;
  body: Buffer | undefined;
}

/** The changes of keys in segments that are gone; it is read before the first that is there. */
export const keyChangesName = 'keys.audit';

const pieceLength = 1024 * 1024;

/** Every frame of a log in order: of a folder's segments, or of one exported file. Holds a few megabytes at a time. */
export function* readLog(files: Files, path: string): Generator<PlacedFrame> {
  for (const file of logFiles(files, path)) yield* readFrames(files, file);
}

/** The files that hold a log. Throws AUDIT_UNREADABLE where there are none. */
export function logFiles(files: Files, path: string): string[] {
  if (files.isPlainFile(path)) return [path];
  const names = segmentNumbers(files, path).map(segmentName);
  if (names.length === 0) throw new ScansideError('AUDIT_UNREADABLE', path);
  const all = files.exists(join(path, keyChangesName)) ? [keyChangesName, ...names] : names;
  return all.map((name) => join(path, name));
}

/** Every frame of one file. */
export function* readFrames(files: Files, file: string): Generator<PlacedFrame> {
  const fd = files.openToRead(file);
  try {
    const size = files.size(fd);
    let piece = readPiece(files, fd, 0, size);
    let start = 0;
    for (let offset = 0; offset < size;) {
      if (offset - start + longestFrame > piece.length && start + piece.length < size) {
        piece = readPiece(files, fd, offset, size);
        start = offset;
      }
      const body = bodyAt(piece, offset - start);
      yield { file, offset, body };
      if (!body) return;
      offset += frameHeadLength + body.length;
    }
  } finally {
    files.close(fd);
  }
}

const longestFrame = frameHeadLength + longestBody;

function readPiece(files: Files, fd: number, position: number, size: number): Buffer {
  const piece = Buffer.alloc(Math.min(pieceLength, size - position));
  return piece.subarray(0, files.read(fd, piece, position));
}
