import type { KeyObject } from 'node:crypto';
import type { Files } from '../device/files.ts';
import { type AuditEvent, decodeEvent } from './event.ts';
import { logFiles, type PlacedFrame } from './frame-reader.ts';
import type { AuditRecord } from './record.ts';
import { verifyLog, type Verdict } from './verify.ts';

const pieceLength = 1024 * 1024;

/**
 * Copies a log's segments into one new file. The device's own keys stay behind, so nobody but the holder of the
 * hospital's private key can read it. Resolves to its bytes when it is durable; rejects with EEXIST where the file is
 * there already, AUDIT_UNREADABLE where `folder` holds no log.
 */
export async function exportLog(files: Files, folder: string, path: string): Promise<number> {
  const sources = logFiles(files, folder);
  const target = files.create(path);
  try {
    for (const source of sources) copy(files, source, target);
    await files.sync(target);
    return files.size(target);
  } finally {
    files.close(target);
  }
}

function copy(files: Files, source: string, target: number): void {
  const fd = files.openToRead(source);
  try {
    const size = files.size(fd);
    const piece = Buffer.alloc(pieceLength);
    for (let at = 0; at < size;) {
      const read = files.read(fd, piece, at);
      if (read === 0) return;
      files.write(target, piece, 0, Math.min(read, size - at));
      at += read;
    }
  } finally {
    files.close(fd);
  }
}

export interface ShownEvent extends AuditEvent {
  sequence: number;
  boot: number;
  /** Milliseconds since 1970 UTC. */
  wall: number;
  monotonic: number;
}

/** Hands on every event up to the first fault. */
export function showEvents(
  frames: Iterable<PlacedFrame>,
  keys: { publicKey: KeyObject; hospital: KeyObject; partial?: boolean | undefined },
  show: (event: ShownEvent) => void,
): Verdict {
  const seen = ({ sequence, boot, wall, monotonic }: AuditRecord, plain: Buffer | undefined) => {
    if (plain) show({ sequence, boot, wall, monotonic, ...decodeEvent(plain) });
  };
  return verifyLog(frames, { ...keys, seen });
}
