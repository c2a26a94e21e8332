import { describe, expect, it } from 'vitest';
import { splitFrames } from './encapsulated.ts';

const jpeg = (mark: number, length = 6) =>
  Uint8Array.of(0xff, 0xd8, 0xff, ...Array(length - 3).fill(mark));
const rest = (mark: number, length = 6) => new Uint8Array(length).fill(mark);
const none = new Uint8Array(0);

/** Marks of the bytes of every frame, each once. */
function framesOf(
  fragments: Uint8Array[],
  frames: number,
  tables: { basic?: number[]; extended?: number[] } = {},
): number[][] {
  const basic = new Uint8Array(Uint32Array.from(tables.basic ?? []).buffer);
  const extended = new Uint8Array(BigUint64Array.from((tables.extended ?? []).map(BigInt)).buffer);
  const frameOf = splitFrames(fragments, { basic, extended }, frames);
  return Array.from({ length: frames }, (_, frame) => [
    ...new Set(frameOf(frame).filter((byte) => byte < 0xd8)),
  ]);
}

describe('fragments (PS3.5 A.4)', () => {
  it('are all the one frame’s where there is one', () => {
    expect(framesOf([jpeg(1), rest(2), rest(3)], 1)).toEqual([[1, 2, 3]]);
  });

  it('are a frame each where there are as many', () => {
    expect(framesOf([rest(1), rest(2)], 2, { basic: [77, 99] })).toEqual([[1], [2]]);
  });

  it('go to frames by the Basic Offset Table', () => {
    const fragments = [rest(1), rest(2), rest(3)];
    expect(framesOf(fragments, 2, { basic: [0, 14] })).toEqual([[1], [2, 3]]);
    expect(framesOf(fragments, 2, { basic: [0, 28] })).toEqual([[1, 2], [3]]);
  });

  it('go to frames by the Extended Offset Table', () => {
    expect(framesOf([rest(1), rest(2), rest(3)], 2, { extended: [0, 14] })).toEqual([[1], [2, 3]]);
  });

  it.each([
    ['none', []],
    ['one of too few offsets', [0]],
    ['one that points between items', [0, 15]],
    ['one that does not rise', [0, 0]],
    ['one that does not begin at the first', [14, 28]],
    ['one of the largest offsets', [0, 0xffff_ffff]],
  ])('go to frames by where codestreams begin, with no table that fits: %s', (_, basic) => {
    const fragments = [jpeg(1), rest(2), rest(3), jpeg(4), rest(5)];
    expect(framesOf(fragments, 2, { basic })).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('of JPEG 2000, in a JP2 file or not, are known by their beginnings', () => {
    const bare = Uint8Array.of(0xff, 0x4f, 0xff, 0x51, 1, 1);
    const boxed = Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 2, 2);
    expect(framesOf([bare, rest(5), boxed, rest(6)], 2)[1]).toContain(6);
    expect(framesOf([bare, rest(5), boxed, rest(6)], 2)[0]).toEqual([0x4f, 0x51, 1, 5]);
  });

  it.each([
    ['2 fragments for 3 frames', [jpeg(1), jpeg(2)], 3],
    ['0 fragments for 1 frames', [], 1],
    ['cannot be told apart', [rest(1), rest(2), rest(3)], 2],
    ['cannot be told apart', [rest(1), jpeg(2), jpeg(3)], 2],
  ])('that do not fit are refused: %s', (detail, fragments, frames) => {
    expect(() => splitFrames(fragments, { basic: none, extended: none }, frames)).toThrow(detail);
  });
});
