import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { keyLength, type Keys } from '../device/keys.ts';
import { genesis, hashOf, Ratchet } from './chain.ts';
import { idLength } from './checkpoint.ts';
import { decodeRecord } from './record.ts';
import {
  bodyAt,
  decodeHeader,
  frameHeadLength,
  headerFrameLength,
  segmentName,
  segmentNumber,
} from './segment.ts';
import type { Standing } from './segment-writer.ts';
import { type AuditState, loadState } from './state.ts';

/**
 * Damage that no power cut explains, by what is wrong: the state is gone, a segment is missing, is shorter than what
 * was acknowledged, has other content, or is there although the log never came so far.
 */
export interface Incident {
  kind: 'state-lost' | 'segment-missing' | 'segment-short' | 'segment-changed' | 'segment-unknown';
  segment: number;
}

export interface Recovered {
  logId: Buffer;
  /** How often the log was opened before. */
  boot: number;
  standing: Standing;
  incidents: Incident[];
  /** The public key that signed last, hexadecimal, where the state says so. */
  signer?: string | undefined;
}

interface Source {
  files: Files;
  folder: string;
  keys: Keys;
}

/**
 * Finds where a log stands; changes nothing. What is damaged is told and kept; what stands behind without having been
 * acknowledged is for the writer to cut off.
 */
export function recoverLog(source: Source): Recovered {
  const { files, folder, keys } = source;
  const numbers = segmentNumbers(files, folder);
  const state = loadState(files, folder, keys);
  if (state) return recoverFrom(source, state, numbers);
  const fresh = { logId: randomBytes(idLength), boot: 0, incidents: [] };
  const last = numbers.at(-1);
  if (last === undefined) return { ...fresh, standing: standAt(0, 1, genesis) };
  return recoverWithoutState(source, numbers, last);
}

export function segmentNumbers(files: Files, folder: string): number[] {
  return files
    .list(folder)
    .map(segmentNumber)
    .filter((number) => number !== undefined);
}

function standAt(segment: number, sequence: number, head: Buffer): Standing {
  const ratchet = new Ratchet(randomBytes(keyLength));
  return { segment, length: 0, sequence, head, ratchet, tornBytes: 0, first: 1 };
}

function recoverFrom(source: Source, state: AuditState, numbers: number[]): Recovered {
  const { segment, length, sequence, boot, signer, first = 1 } = state;
  const incidents = [...findDamage(source, state, numbers), ...findUnknown(source, state, numbers)];
  const found = { logId: Buffer.from(state.logId, 'hex'), boot, incidents, signer };
  const ratchet = new Ratchet(state.macKey);
  const tornBytes = state.tornBytes;
  const standing = {
    segment,
    length,
    sequence,
    head: Buffer.from(state.head, 'hex'),
    ratchet,
    tornBytes,
    first,
  };
  if (incidents.length > 0) {
    const end = endOfFiles(source, numbers);
    // The number of a segment that is missing is not given again.
    return { ...found, standing: { ...standing, ...end, segment: Math.max(segment, end.segment) } };
  }
  const surplus = sizeOf(source.files, join(source.folder, segmentName(segment))) - length;
  // A start that was broken off has counted them before, and may have cut them off or not.
  return { ...found, standing: { ...standing, tornBytes: Math.max(surplus, tornBytes) } };
}

/** Behind everything that is there, so that nothing of it is cut: it is evidence. */
function endOfFiles(
  { files, folder }: Source,
  numbers: number[],
): Pick<Standing, 'segment' | 'length'> {
  const segment = numbers.at(-1) ?? 0;
  return { segment, length: segment > 0 ? sizeOf(files, join(folder, segmentName(segment))) : 0 };
}

export function sizeOf(files: Files, path: string): number {
  const fd = files.openToRead(path);
  try {
    return files.size(fd);
  } finally {
    files.close(fd);
  }
}

/**
 * Segments behind the state. One that holds no record is left of a start or a rotation that was under way; the writer
 * makes it anew. A record is written only when the state knows its segment, so every other is a state put back.
 */
function findUnknown(
  { files, folder }: Source,
  { segment }: AuditState,
  numbers: number[],
): Incident[] {
  return numbers
    .filter((number) => number > segment)
    .filter((number) => {
      const size = sizeOf(files, join(folder, segmentName(number)));
      return number > segment + 1 || size > headerFrameLength;
    })
    .map((number) => ({ kind: 'segment-unknown', segment: number }));
}

/** What is wrong with the segments up to the state: one that is missing, and the last one if it is not as it was. */
function findDamage({ files, folder }: Source, state: AuditState, numbers: number[]): Incident[] {
  const { segment, length, head, first = 1 } = state;
  const expected = Array.from({ length: segment - first + 1 }, (_, at) => first + at);
  const incidents: Incident[] = expected
    .filter((number) => !numbers.includes(number))
    .map((number) => ({ kind: 'segment-missing', segment: number }));
  if (!numbers.includes(segment)) return incidents;
  const bytes = files.readBytes(join(folder, segmentName(segment)));
  if (bytes.length < length) incidents.push({ kind: 'segment-short', segment });
  else if (!lastHash(bytes.subarray(0, length)).equals(Buffer.from(head, 'hex')))
    incidents.push({ kind: 'segment-changed', segment });
  return incidents;
}

/** Hash of the last whole frame; of nothing where a frame is not as written. */
function lastHash(bytes: Buffer): Buffer {
  let head: Buffer = genesis;
  for (let at = 0; at < bytes.length;) {
    const body = bodyAt(bytes, at);
    if (!body || (at > 0 && !isLinked(body, head))) return Buffer.alloc(0);
    head = hashOf(body);
    at += frameHeadLength + body.length;
  }
  return head;
}

function isLinked(body: Buffer, head: Buffer): boolean {
  return decodeRecord(body)?.previous.equals(head) ?? false;
}

/** The log goes on behind the last record that can be read, with keys that nobody can connect to those before. */
function recoverWithoutState(source: Source, numbers: number[], last: number): Recovered {
  const { files, folder } = source;
  const incidents: Incident[] = [{ kind: 'state-lost', segment: last }];
  const end = endOfFiles(source, numbers);
  for (const number of numbers.toReversed()) {
    const found = readEnd(files.readBytes(join(folder, segmentName(number))));
    if (found) {
      const { logId, boot, sequence, head } = found;
      const standing = { ...standAt(last, sequence, head), ...end, first: numbers[0]! };
      return { logId, boot, standing, incidents };
    }
    incidents.push({ kind: 'segment-changed', segment: number });
  }
  const standing = { ...standAt(last, 1, genesis), ...end, first: numbers[0]! };
  return { logId: randomBytes(idLength), boot: 0, standing, incidents };
}

function readEnd(bytes: Buffer) {
  const first = bodyAt(bytes, 0);
  const header = first && decodeHeader(first);
  if (!header) return undefined;
  let end: Pick<Standing, 'sequence' | 'head'> = {
    sequence: header.firstSequence,
    head: hashOf(first),
  };
  let at = frameHeadLength + first.length;
  for (let body = bodyAt(bytes, at); body; body = bodyAt(bytes, at)) {
    const record = decodeRecord(body);
    if (!record?.previous.equals(end.head)) break;
    end = { sequence: record.sequence + 1, head: hashOf(body) };
    at += frameHeadLength + body.length;
  }
  return { logId: Buffer.from(header.logId), boot: header.boot, ...end };
}
