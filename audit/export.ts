import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { type AuditEvent, decodeEvent } from './event.ts';
import type { PlacedFrame } from './frame-reader.ts';
import type { AuditRecord } from './record.ts';
import { keyChangesIn, rememberedKeyChanges } from './removal.ts';
import { type KeptSegment, keptSegments } from './retention.ts';
import { segmentName } from './segment.ts';
import { verifyLog, type Verdict } from './verify.ts';

const pieceLength = 1024 * 1024;

/** Wall time, milliseconds since 1970 UTC; without one it is open on that side. */
export interface ExportSpan {
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * Copies a log's segments into one new file: all, or those that hold the records of a span, and then whole ones. The
 * device's own keys stay behind, so nobody but the holder of the hospital's private key can read it. Resolves to its
 * bytes when it is durable; rejects with EEXIST where the file is there already, AUDIT_UNREADABLE where `folder` holds no
 * log or nothing of the span.
 */
export async function exportLog(
  files: Files,
  folder: string,
  path: string,
  span: ExportSpan = {},
): Promise<number> {
  const segments = keptSegments(files, folder);
  const chosen = chooseSegments(segments, span);
  if (chosen.length === 0) throw new ScansideError('AUDIT_UNREADABLE', folder);
  const earlier = segments.map(({ number }) => number).filter((number) => number < chosen[0]!);
  const changes = [...rememberedKeyChanges(files, folder), ...keyChangesIn(files, folder, earlier)];
  const target = files.create(path);
  try {
    for (const frame of changes) files.write(target, frame, 0, frame.length);
    for (const number of chosen) copy(files, join(folder, segmentName(number)), target);
    await files.sync(target);
    return files.size(target);
  } finally {
    files.close(target);
  }
}

/** Numbers of the segments that hold records of a span. A segment goes on to the first record of the next. */
export function chooseSegments(
  segments: readonly KeptSegment[],
  { from, to }: ExportSpan,
): number[] {
  const isLater = (at: number): boolean => {
    const next = segments.slice(at + 1).find((each) => each.from !== undefined)?.from;
    return from === undefined || next === undefined || next > from;
  };
  return segments
    .filter((each, at) => isLater(at) && (to === undefined || (each.from ?? 0) <= to))
    .map(({ number }) => number);
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
