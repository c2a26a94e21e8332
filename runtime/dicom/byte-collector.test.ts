import { expect, it } from 'vitest';
import { ByteCollector } from './byte-collector.ts';

const bytes = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 251));

it.each([1, 7, 300, 3000])('puts pieces of %i bytes together', (size) => {
  const collector = new ByteCollector();
  for (let at = 0; at < bytes.length; at += size)
    collector.append(bytes, at, Math.min(at + size, bytes.length));
  expect(collector.length).toBe(bytes.length);
  expect(collector.bytes.equals(bytes)).toBe(true);
});

it('copies, and hands over what it has', () => {
  const collector = new ByteCollector();
  const source = Buffer.from('ab');
  collector.append(source, 0, 2);
  source.fill(0);
  const taken = collector.take();
  collector.append(Buffer.from('cd'), 1, 2);
  expect([taken.toString(), collector.bytes.toString()]).toEqual(['ab', 'd']);
});

it('holds at most twice what it was given', () => {
  const collector = new ByteCollector();
  for (let at = 0; at < bytes.length; at += 1) collector.append(bytes, at, at + 1);
  expect(collector.bytes.buffer.byteLength).toBeLessThanOrEqual(2 * bytes.length);
});
