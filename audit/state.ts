import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';

/**
 * Where a log stands: everything before it is acknowledged, nothing behind it is. It replaces the one before as a whole
 * after every group, and holds the only copy of the ratchet's key.
 */
export interface AuditState {
  /** Hexadecimal. */
  logId: string;
  /** The segment that is written, and how many of its bytes count. */
  segment: number;
  length: number;
  /** Sequence of the next record, and what it is chained to, hexadecimal. */
  sequence: number;
  head: string;
  boot: number;
  /** Bytes that a start has cut off and not yet recorded. */
  tornBytes: number;
  /** The public key that signs, hexadecimal. */
  signer?: string | undefined;
  /** The first segment that is kept. */
  first?: number | undefined;
  macKey: Buffer;
}

const stateName = 'state.json';

/** The key is sealed for exactly this state: it opens in no other. */
function purposeOf(state: Omit<AuditState, 'macKey'>): string {
  const { logId, segment, length, sequence, head, boot, tornBytes, signer, first } = state;
  const place = [logId, segment, length, sequence, head, boot, tornBytes];
  const more = [signer && `signer ${signer}`, first && `first ${first}`].filter(Boolean);
  return `audit state ${[...place, ...more].join(' ')}`;
}

/** Durable on return. */
export function storeState(files: Files, folder: string, keys: Keys, state: AuditState): void {
  const { macKey, ...rest } = state;
  const key = keys.wrap(purposeOf(rest), macKey).toString('hex');
  files.replace(join(folder, stateName), JSON.stringify({ ...rest, key }));
}

/** Wraps the key of a state with another root key. Harmless when repeated, and where there is no state. */
export function rewrapState(files: Files, folder: string, old: Keys, next: Keys): void {
  const state = loadState(files, folder, old);
  if (!state) return;
  storeState(files, folder, next, state);
  state.macKey.fill(0);
}

/**
 * The state; undefined where there is none that this device has written and nobody has changed. Throws Node's own error
 * where the disk does not work: that says nothing of the state.
 */
export function loadState(files: Files, folder: string, keys: Keys): AuditState | undefined {
  const path = join(folder, stateName);
  if (!files.exists(path)) return undefined;
  const text = files.readText(path);
  try {
    const { key, ...rest } = JSON.parse(text) as Omit<AuditState, 'macKey'> & {
      key: string;
    };
    return { ...rest, macKey: keys.unwrap(purposeOf(rest), Buffer.from(key, 'hex')) };
  } catch {
    return undefined;
  }
}
