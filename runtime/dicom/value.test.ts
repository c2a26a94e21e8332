import { describe, expect, it } from 'vitest';
import type { DataSet } from './data-set.ts';
import { tags } from './tag.ts';
import { allNumbers, allStrings, firstInteger, firstNumber, firstString } from './value.ts';

function dataSetOf(
  tag: number,
  vr: string,
  value: Uint8Array | string,
  littleEndian = true,
): DataSet {
  return { elements: new Map([[tag, { tag, vr, value: Buffer.from(value) }]]), littleEndian };
}

describe('text', () => {
  it('comes without padding, value by value', () => {
    const dataSet = dataSetOf(tags.ImageType, 'CS', 'ORIGINAL \\ PRIMARY\\\\AXIAL\0');
    expect(allStrings(dataSet, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', '', 'AXIAL']);
  });

  it('keeps leading spaces and backslashes where the VR has one value', () => {
    const dataSet = dataSetOf(tags.PatientComments, 'LT', '  left \\ right ');
    expect(allStrings(dataSet, tags.PatientComments)).toEqual(['  left \\ right']);
  });

  it('is undefined where the attribute is absent, empty or only padding', () => {
    expect(firstString(dataSetOf(tags.PatientID, 'LO', '42'), tags.PatientName)).toBeUndefined();
    expect(firstString(dataSetOf(tags.PatientID, 'LO', ''), tags.PatientID)).toBeUndefined();
    expect(firstString(dataSetOf(tags.PatientID, 'LO', '  '), tags.PatientID)).toBeUndefined();
  });

  it('is decoded only where the VR is governed by the character set', () => {
    const name = dataSetOf(tags.PatientName, 'PN', Buffer.from('J\xe9', 'latin1'));
    expect(firstString(name, tags.PatientName, ['ISO_IR 100'])).toBe('Jé');
    const code = dataSetOf(tags.Modality, 'CS', Buffer.from('C\xe9', 'latin1'));
    expect(firstString(code, tags.Modality, ['ISO_IR 100'])).toBe('C<E9>');
  });
});

describe('a value that a peer has made to be slow', () => {
  const million = 1 << 20;

  it.each(['LT', 'CS'])('is trimmed in one pass: VR %s', (vr) => {
    const text = `1${' '.repeat(million)}2`;
    expect(firstString(dataSetOf(tags.ImageType, vr, text), tags.ImageType)).toBe(text);
  });

  it('is found to be no number in one pass', () => {
    const text = `${'1'.repeat(million)}x`;
    expect(allNumbers(dataSetOf(tags.SliceThickness, 'DS', text), tags.SliceThickness)).toEqual([
      undefined,
    ]);
  });
});

describe('numbers', () => {
  it.each([
    ['US', [0xfe, 0xff], 0xfffe],
    ['SS', [0xfe, 0xff], -2],
    ['UL', [1, 0, 0, 0], 1],
    ['SL', [0xff, 0xff, 0xff, 0xff], -1],
    ['FL', [0, 0, 0x80, 0x3f], 1],
    ['FD', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 1],
  ])('are read from %s in either byte order', (vr, bytes, number) => {
    expect(firstNumber(dataSetOf(1, vr, Buffer.from(bytes)), 1)).toBe(number);
    expect(firstNumber(dataSetOf(1, vr, Buffer.from(bytes.toReversed()), false), 1)).toBe(number);
  });

  it('are read from text, and nothing is made of what is no number', () => {
    expect(allNumbers(dataSetOf(1, 'DS', '-1.5e2\\.5\\ +3 \\1,5\\\\0x10'), 1)).toEqual([
      -150,
      0.5,
      3,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are whole where a whole number is asked for', () => {
    expect(firstInteger(dataSetOf(1, 'IS', '512 '), 1)).toBe(512);
    expect(firstInteger(dataSetOf(1, 'DS', '1.5'), 1)).toBeUndefined();
    expect(firstInteger(dataSetOf(1, 'US', Buffer.from([1])), 1)).toBeUndefined();
    expect(firstInteger(dataSetOf(1, 'FD', Buffer.alloc(8, 0xff)), 1)).toBeUndefined();
  });

  it('of a known attribute that came as UN are little endian', () => {
    const dataSet = dataSetOf(tags.Rows, 'UN', Buffer.from([0, 2]), false);
    expect(firstInteger(dataSet, tags.Rows)).toBe(512);
  });
});
