import { join } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { readFrames } from './frame-reader.ts';
import type { AuditLog } from './log.ts';
import { decodeRecord } from './record.ts';
import { segmentNumbers, sizeOf } from './recovery.ts';
import { segmentName } from './segment.ts';

/** When delivered segments go. */
export interface RetentionRule {
  /** Days that they are kept where there is space: at least six months by Art. 19 of the EU AI Act. */
  keepDays: number;
  /** Share of the quota from which on the oldest go before their time. */
  share: number;
}

export const defaultRetention: RetentionRule = { keepDays: 366, share: 0.8 };

export interface KeptSegment {
  number: number;
  bytes: number;
  /** Wall time of its first record, milliseconds; undefined where it has none. */
  from: number | undefined;
}

const dayMs = 86_400_000;

/**
 * The first segment to keep. Only whole segments go, from the oldest on, and never one that a forwarder needs (`needed`)
 * or that is written now. A segment is as old as the first record behind it.
 */
export function firstToKeep(
  segments: readonly KeptSegment[],
  needed: number,
  rule: RetentionRule,
  { now, quota }: { now: number; quota: number },
): number {
  let used = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = segments.find(({ number, bytes }, at) => {
    const end = segments[at + 1]?.from;
    const isOld = end !== undefined && now - end > rule.keepDays * dayMs;
    if (number >= needed || at === segments.length - 1) return true;
    if (!isOld && used <= rule.share * quota) return true;
    used -= bytes;
    return false;
  });
  return kept?.number ?? 0;
}

export interface RetainedLog {
  log: AuditLog;
  files: Files;
  folder: string;
  clock: Clock;
  /** All that the log is sent to. Where there are none nothing is removed. */
  forwarders: readonly { neededSegment: number }[];
  rule?: RetentionRule;
}

/** Removes what may go; resolves to the bytes that are free now. Rejects with AUDIT_UNWRITABLE and AUDIT_UNREADABLE. */
export async function retainLog(retained: RetainedLog): Promise<number> {
  const { log, files, folder, clock, forwarders, rule = defaultRetention } = retained;
  if (forwarders.length === 0) return 0;
  const needed = Math.min(...forwarders.map(({ neededSegment }) => neededSegment));
  const segments = keptSegments(files, folder);
  const first = firstToKeep(segments, needed, rule, { now: clock.now(), quota: log.space.quota });
  return log.removeBefore(first);
}

/** The segments of a log with what a decision about them needs. */
export function keptSegments(files: Files, folder: string): KeptSegment[] {
  return segmentNumbers(files, folder).map((number) => {
    const path = join(folder, segmentName(number));
    return { number, bytes: sizeOf(files, path), from: firstWall(files, path) };
  });
}

/** Wall time of the first record of a segment. */
function firstWall(files: Files, path: string): number | undefined {
  const frames = readFrames(files, path);
  frames.next();
  const second = frames.next();
  frames.return(undefined);
  return (!second.done && second.value.body && decodeRecord(second.value.body)?.wall) || undefined;
}
