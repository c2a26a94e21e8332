import { createSecretKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import { type AuditEvent, decodeEvent } from '../event.ts';
import { openPayload, decodeRecord } from '../record.ts';
import { segmentNumbers } from '../recovery.ts';
import {
  bodyAt,
  decodeHeader,
  frameHeadLength,
  longestBody,
  segmentKeyName,
  segmentKeyPurpose,
  segmentName,
} from '../segment.ts';

/** Where in a log the next record is read. */
export interface Position {
  segment: number;
  /** Bytes from the start of the segment; 0 stands before its header. */
  offset: number;
  /** Sequence of the last record before. */
  sequence: number;
}

export const beginning: Position = { segment: 0, offset: 0, sequence: 0 };

/** A record that is on its way out of the device. */
export interface WaitingRecord {
  /** Of the log, hexadecimal. */
  logId: string;
  sequence: number;
  /** Milliseconds since 1970 UTC. */
  wall: number;
  event?: AuditEvent;
  /** What the device has signed instead of an event, base64: a checkpoint, a change of keys, a removal. */
  checkpoint?: string;
}

export interface Batch {
  records: WaitingRecord[];
  next: Position;
  /** What could not be read on the way, and is passed over. */
  damage?: { segment: number; record: number };
}

interface Source {
  files: Files;
  folder: string;
  keys: Keys;
}

interface OpenedSegment {
  number: number;
  logId: string;
  key: KeyObject;
}

const longestFrame = frameHeadLength + longestBody;
const pieceLength = 4 * longestFrame;

/** Reads the records that are on stable storage, with the device's own keys, a piece at a time. */
export class RecordReader {
  readonly #source: Source;
  #segment: OpenedSegment | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Up to `most` records from `from` on and before `end`, which is where the log is acknowledged to. A segment that
   * is gone or cannot be read is told as damage, and the next one goes on. Throws Node's own error where the disk
   * does not work.
   */
  read(from: Position, end: Position, most: number): Batch {
    const { files, folder } = this.#source;
    const number = segmentNumbers(files, folder).find((each) => each >= from.segment);
    if (number === undefined || number > end.segment) return { records: [], next: from };
    const start = number === from.segment ? from : { ...from, segment: number, offset: 0 };
    const limit = number === end.segment ? end.offset : Infinity;
    const batch = this.#readSegment(start, limit, most);
    const isOver = batch.damage ?? batch.records.length === 0;
    if (!isOver || number >= end.segment) return batch;
    const next = { ...batch.next, segment: number + 1, offset: 0 };
    return batch.damage ? { ...batch, next } : this.read(next, end, most);
  }

  /** Forgets the key. */
  close(): void {
    this.#segment = undefined;
  }

  #readSegment(start: Position, limit: number, most: number): Batch {
    const { segment } = start;
    const { bytes, isWhole } = this.#readPiece(start, limit);
    const batch: Batch = { records: [], next: start };
    let at = 0;
    while (batch.records.length < most && at < bytes.length) {
      const body = bodyAt(bytes, at);
      if (!body && !isWhole && at > 0) return batch;
      const record = body && this.#recordOf(segment, start.offset + at, body);
      if (!record) return { ...batch, damage: { segment, record: batch.next.sequence + 1 } };
      at += frameHeadLength + body.length;
      const isHeader = record === 'header';
      const sequence = isHeader ? batch.next.sequence : record.sequence;
      batch.next = { segment, offset: start.offset + at, sequence };
      if (!isHeader) batch.records.push(record);
    }
    return batch;
  }

  /** `isWhole`: no frame goes on behind it. */
  #readPiece({ segment, offset }: Position, limit: number): { bytes: Buffer; isWhole: boolean } {
    const { files, folder } = this.#source;
    const fd = files.openToRead(join(folder, segmentName(segment)));
    try {
      const end = Math.min(limit, files.size(fd));
      const piece = Buffer.alloc(Math.max(0, Math.min(pieceLength, end - offset)));
      const bytes = piece.subarray(0, files.read(fd, piece, offset));
      return { bytes, isWhole: offset + bytes.length >= end };
    } finally {
      files.close(fd);
    }
  }

  #recordOf(segment: number, offset: number, body: Buffer): WaitingRecord | 'header' | undefined {
    if (offset === 0) return this.#enter(segment, body) ? 'header' : undefined;
    const record = decodeRecord(body);
    const opened = record && this.#know(segment);
    if (!opened) return undefined;
    const { kind, sequence, wall } = record;
    const place = { logId: opened.logId, sequence, wall };
    if (kind !== 'event') return { ...place, checkpoint: body.toString('base64') };
    try {
      return { ...place, event: decodeEvent(openPayload(opened.key, record)) };
    } catch (error) {
      if (error instanceof ScansideError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Has the keys of a segment in the middle of which reading begins. */
  #know(segment: number): OpenedSegment | undefined {
    if (this.#segment?.number === segment) return this.#segment;
    const { bytes } = this.#readPiece({ segment, offset: 0, sequence: 0 }, longestFrame);
    const header = bodyAt(bytes, 0);
    return header && this.#enter(segment, header);
  }

  #enter(number: number, body: Buffer): OpenedSegment | undefined {
    const { files, folder, keys } = this.#source;
    const header = decodeHeader(body);
    const path = join(folder, segmentKeyName(number));
    this.close();
    if (header?.number !== number || !files.exists(path)) return undefined;
    try {
      const key = keys.unwrap(segmentKeyPurpose(number), files.readBytes(path));
      const logId = header.logId.toString('hex');
      this.#segment = { number, logId, key: createSecretKey(key) };
      key.fill(0);
      return this.#segment;
    } catch (error) {
      if (error instanceof ScansideError) return undefined;
      throw error;
    }
  }
}
