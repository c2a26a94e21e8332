import { expect, it } from 'vitest';
import { clockOffset, decodeTimeAnswer, encodeTimeQuestion } from './sntp.ts';

const askedAt = 1_790_000_000_123;

/** An answer as RFC 5905 has it: the question's time comes back as the originate timestamp. */
function answer(change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt8(0x24, 0);
  bytes.writeUInt8(2, 1);
  encodeTimeQuestion(askedAt).copy(bytes, 24, 40);
  encodeTimeQuestion(askedAt + 5000).copy(bytes, 32, 40);
  encodeTimeQuestion(askedAt + 5010).copy(bytes, 40, 40);
  change(bytes);
  return bytes;
}

it('reads when the question came and the answer left, and how far the own clock is behind', () => {
  const read = decodeTimeAnswer(answer(), askedAt)!;
  expect(read.stratum).toBe(2);
  expect(read.receivedAt).toBeCloseTo(askedAt + 5000, 2);
  // 20 ms on the way and back, of which the server took 10.
  expect(clockOffset(askedAt, read, askedAt + 20)).toBeCloseTo(4995, 2);
});

it('goes on after the era that ends in 2036', () => {
  const late = 2_100_000_000_000;
  const bytes = answer((content) => {
    encodeTimeQuestion(late).copy(content, 24, 40);
    encodeTimeQuestion(late).copy(content, 32, 40);
  });
  expect(decodeTimeAnswer(bytes, late)?.receivedAt).toBeCloseTo(late, 2);
});

it.each([
  ['too short', answer().subarray(0, 47)],
  ['of a client', answer((bytes) => void bytes.writeUInt8(0x23, 0))],
  ['a kiss of death', answer((bytes) => void bytes.writeUInt8(0, 1))],
  ['of a server without the time', answer((bytes) => void bytes.writeUInt8(16, 1))],
  ['to another question', answer((bytes) => void bytes.writeUInt8(1, 30))],
])('takes no answer that is %s', (_, bytes) => {
  expect(decodeTimeAnswer(bytes, askedAt)).toBeUndefined();
});
