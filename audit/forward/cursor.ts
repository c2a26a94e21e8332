import type { Files } from '../../device/files.ts';
import { beginning, type Position } from './record-reader.ts';

/** How far a forwarder has come; it outlives every restart. */
export interface Cursor {
  /** Of the log that it belongs to, hexadecimal. */
  logId: string;
  /** From here on everything is sent again after a restart. */
  start: Position;
  /** The last record that counts as received. */
  settled: number;
  /** The last record that may have been sent. */
  reached: number;
  /** Why the receiver was last refused or refused us, once that is recorded. */
  told: string;
}

/** Name of the file for a sink; the sink's name is a code, which may hold characters that a file's cannot. */
export function cursorName(sink: string): string {
  return `forward-${Buffer.from(sink).toString('hex')}.json`;
}

/** Durable on return. */
export function storeCursor(files: Files, path: string, cursor: Cursor): void {
  files.replace(path, JSON.stringify(cursor));
}

/**
 * The cursor in a file. Where there is none, or one of another log, everything is sent; where it cannot be read too,
 * and then every record may be a double.
 */
export function loadCursor(files: Files, path: string, logId: string): Cursor {
  const fresh = { logId, start: beginning, settled: 0, reached: 0, told: '' };
  if (!files.exists(path)) return fresh;
  const text = files.readText(path);
  const cursor = parseCursor(text);
  if (!cursor) return { ...fresh, reached: Number.MAX_SAFE_INTEGER };
  return cursor.logId === logId ? cursor : fresh;
}

function parseCursor(text: string): Cursor | undefined {
  try {
    const { logId, start, settled, reached, told } = JSON.parse(text) as Cursor;
    const { segment, offset, sequence } = start;
    const isWhole = [segment, offset, sequence, settled, reached].every(isCount);
    if (!isWhole || typeof logId !== 'string' || typeof told !== 'string') return undefined;
    return { logId, start: { segment, offset, sequence }, settled, reached, told };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
