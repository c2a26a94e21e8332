import { describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from './part10.ts';
import { explicitVrBigEndian } from './transfer-syntax.ts';

const meta = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  sopInstanceUid: '2.25.123',
  transferSyntaxUid: explicitVrBigEndian,
};
const dataSet = Buffer.from('00080005', 'hex');
const file = writePart10(meta, dataSet);

describe('a Part 10 file', () => {
  it('comes apart as it was put together', () => {
    expect(readPart10(file)).toEqual({ transferSyntaxUid: explicitVrBigEndian, dataSet });
  });

  it('tells the length of its meta information group', () => {
    const length = Buffer.from(file).readUInt32LE(140);
    expect(144 + length).toBe(file.length - dataSet.length);
  });

  it('is refused without its prefix', () => {
    expect(() => readPart10(file.subarray(1))).toThrow(/DATA_SET_UNREADABLE.*DICM/);
    expect(() => readPart10(new Uint8Array(0))).toThrow(/DATA_SET_UNREADABLE.*DICM/);
  });

  it('is refused when it ends in its meta information', () => {
    expect(() => readPart10(file.subarray(0, 200))).toThrow(
      /DATA_SET_UNREADABLE.*goes past the end/,
    );
  });

  it('is refused without a Transfer Syntax UID', () => {
    const nameless = writePart10({ ...meta, transferSyntaxUid: '' }, dataSet);
    expect(() => readPart10(nameless)).toThrow(/Transfer Syntax UID is missing/);
  });
});
