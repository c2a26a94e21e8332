import type { KeyObject } from 'node:crypto';
import { isSignedBy, readKeyChange } from './checkpoint.ts';
import type { PlacedFrame } from './frame-reader.ts';
import { type AuditRecord, decodeRecord } from './record.ts';
import { publicOf } from './signing-key.ts';

/** The keys that signed a log one after the other, as far as they follow from the first that one trusts. */
export class SigningKeys {
  /** In order; each signs the records behind `after`. */
  readonly #keys: { after: number; key: KeyObject }[];

  constructor(first: KeyObject) {
    this.#keys = [{ after: 0, key: first }];
  }

  /** The key that signs a record. */
  at(sequence: number): KeyObject {
    return this.#keys.findLast(({ after }) => after < sequence)?.key ?? this.#keys[0]!.key;
  }

  /** Follows a change of keys; false where the key of its time has not signed it. One that is known is nothing new. */
  learn(record: AuditRecord, raw: Buffer): boolean {
    const { sequence } = record;
    if (!isSignedBy(record, this.at(sequence))) return false;
    if (this.#keys.some(({ after }) => after >= sequence)) return true;
    this.#keys.push({ after: sequence, key: publicOf(raw) });
    return true;
  }
}

/** The keys of a log, for whoever must judge something of it before reading it through. */
export function signingKeysOf(frames: Iterable<PlacedFrame>, first: KeyObject): SigningKeys {
  const keys = new SigningKeys(first);
  for (const { body } of frames) {
    const record = body && decodeRecord(body);
    const change = record && readKeyChange(record);
    if (change) keys.learn(record, change.raw);
  }
  return keys;
}
