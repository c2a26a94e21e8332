import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { chunkLength, openData, openedLength, openMeta, sealedLength, Sealer } from './sealing.ts';

const key = randomBytes(32);
const lengths = [0, 1, chunkLength - 1, chunkLength, chunkLength + 1, 3 * chunkLength];

function seal(sealer: Sealer, data: Buffer, piece = 100_003): Buffer {
  const parts = [sealer.number()];
  const put = (bytes: Buffer) => void parts.push(Buffer.from(bytes));
  for (let at = 0; at < data.length; at += piece)
    sealer.write(data, at, Math.min(data.length, at + piece), put);
  sealer.finish(put);
  return Buffer.concat(parts);
}

function sealOne(data: Buffer): Buffer {
  const sealer = new Sealer(key);
  sealer.begin(Buffer.from('meta'));
  return seal(sealer, data);
}

function open(sealed: Buffer, length: number, limit = length): Buffer {
  return openData(key, length, limit, (at, count) => sealed.subarray(at, at + count));
}

it.each(lengths)('gives %i bytes back, and the sealed length tells how many they are', (length) => {
  const data = randomBytes(length);
  const sealed = sealOne(data);
  expect(open(sealed, length).equals(data)).toBe(true);
  expect(sealed.length).toBe(sealedLength(length));
  expect(openedLength(sealed.length)).toBe(length);
});

it('knows lengths that nothing sealed has', () => {
  expect([0, 7, 8, 23, 24 + chunkLength + 1, 24 + chunkLength + 16].map(openedLength)).toEqual(
    Array.from({ length: 6 }),
  );
});

it('opens only the chunks that hold the bytes asked for', () => {
  const data = randomBytes(3 * chunkLength);
  const sealed = sealOne(data);
  sealed.fill(0, sealedLength(2 * chunkLength));
  expect(open(sealed, data.length, 10).equals(data.subarray(0, 10))).toBe(true);
  expect(open(sealed, data.length, chunkLength + 1).equals(data.subarray(0, chunkLength + 1))).toBe(
    true,
  );
  expect(() => open(sealed, data.length)).toThrow('SEAL_BROKEN');
});

it('notices every changed byte of small data', () => {
  const sealed = sealOne(Buffer.from('patient'));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
    expect(() => open(changed, 7), `byte ${at}`).toThrow('SEAL_BROKEN');
  }
});

it('notices data that are shortened by a chunk or put in another order', () => {
  const sealed = sealOne(randomBytes(3 * chunkLength));
  const step = chunkLength + 16;
  const chunk = (at: number) => sealed.subarray(8 + at * step, 8 + (at + 1) * step);
  expect(() => open(sealed, 2 * chunkLength)).toThrow('SEAL_BROKEN');
  const swapped = Buffer.concat([sealed.subarray(0, 8), chunk(1), chunk(0), chunk(2)]);
  expect(() => open(swapped, 3 * chunkLength)).toThrow('SEAL_BROKEN');
});

it('gives each record a number of its own, also after one that was given up', () => {
  const sealer = new Sealer(key);
  const first = sealer.begin(Buffer.from('same'));
  sealer.write(Buffer.from('half'), 0, 4, () => undefined);
  const second = sealer.begin(Buffer.from('same'));
  expect(first.equals(second)).toBe(false);
  const data = seal(sealer, Buffer.from('whole'));
  expect(open(data, 5).toString()).toBe('whole');
  expect(openMeta(key, data.subarray(0, 8), second).toString()).toBe('same');
  expect(() => openMeta(key, data.subarray(0, 8), first)).toThrow('SEAL_BROKEN');
});

it('opens nothing with another key', () => {
  const sealed = sealOne(Buffer.from('patient'));
  const read = (at: number, count: number) => sealed.subarray(at, at + count);
  expect(() => openData(randomBytes(32), 7, 7, read)).toThrow('SEAL_BROKEN');
});
