import { describe, expect, it } from 'vitest';
import { BrokenFrame, FrameReader, frameMessage } from './mllp.ts';

const messages = ['MSH|^~\\&|A\rMSA|AA|1\r', '', 'Müller 山田'].map((text) => Buffer.from(text));
const stream = Buffer.concat(messages.map(frameMessage));
const limit = 64;

function readAll(pieces: Uint8Array[]): string[] {
  const reader = new FrameReader(limit);
  return pieces.flatMap((piece) => reader.read(piece)).map((each) => Buffer.from(each).toString());
}

describe('MLLP', () => {
  const texts = messages.map(String);

  it('marks a message as a block', () => {
    expect([...frameMessage(Buffer.from('M'))]).toEqual([0x0b, 0x4d, 0x1c, 0x0d]);
  });

  it.each([0x0b, 0x1c])('sends no message that holds the mark %d', (mark) => {
    expect(() => frameMessage(Uint8Array.of(0x4d, mark))).toThrow('INTERNAL');
  });

  it('reads what it wrote, byte by byte and split at any place', () => {
    expect(readAll([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(texts);
    for (let at = 0; at <= stream.length; at++)
      expect(readAll([stream.subarray(0, at), stream.subarray(at)])).toEqual(texts);
  });

  it('passes over line ends between blocks', () => {
    const frame = frameMessage(Buffer.from('M'));
    expect(readAll([Buffer.from('\r\n'), frame, Buffer.from('\n\r'), frame])).toEqual(['M', 'M']);
  });

  it('takes a message of the limit and none that is longer', () => {
    expect(readAll([frameMessage(Buffer.alloc(limit, 'x'))])).toHaveLength(1);
    expect(() => readAll([frameMessage(Buffer.alloc(limit + 1, 'x'))])).toThrow(BrokenFrame);
  });

  it.each([
    ['a byte before a block', [0x4d]],
    ['the end of no block', [0x1c, 0x0d]],
    ['a block inside a block', [0x0b, 0x4d, 0x0b]],
    ['an end that is none', [0x0b, 0x4d, 0x1c, 0x4d]],
  ])('refuses %s', (_, bytes) => {
    expect(() => readAll([Uint8Array.from(bytes)])).toThrow(BrokenFrame);
  });
});
