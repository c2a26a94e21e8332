import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** Bytes of a hash, of a MAC and of the key that makes it. */
export const hashLength = 32;

/** What the first segment of a log is chained to. */
export const genesis = Buffer.alloc(hashLength);

/** What the next record is chained to: SHA-256 of a whole record or segment header, its MAC and signature included. */
export function hashOf(body: Uint8Array): Buffer {
  return hash('sha256', body, 'buffer');
}

/**
 * Keys that make each other, one for each record: K(i+1) = HMAC-SHA-256(K(i), "next"). A key is zeroed as soon as its
 * successor is there, so that whoever takes the device over cannot make records of the time before. OpenSSL's own copy
 * lives until the next collection of garbage, and is cleared then.
 */
export class Ratchet {
  #key: Buffer;

  /** Takes the key over: the caller's buffer is zeroed with it. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The MAC of a record with the key of its turn, which is gone afterwards. */
  mac(bytes: Uint8Array): Buffer {
    const key = createSecretKey(this.#key);
    this.#step(key, 'next');
    return createHmac('sha256', key).update(bytes).digest();
  }

  /** Before a segment begins. What was made and lost of the segment before has had other keys than what follows. */
  enterSegment(number: number): void {
    this.#step(createSecretKey(this.#key), `segment ${number}`);
  }

  /** A ratchet of its own in the same place. */
  fork(): Ratchet {
    return new Ratchet(this.copyKey());
  }

  /** The key of the next record, to be kept sealed. */
  copyKey(): Buffer {
    return Buffer.from(this.#key);
  }

  destroy(): void {
    this.#key.fill(0);
  }

  /** A prepared key: handing over the bytes costs Node twice as much as the MAC itself. */
  #step(key: KeyObject, label: string): void {
    const next = createHmac('sha256', key).update(label).digest();
    this.#key.fill(0);
    this.#key = next;
  }
}
