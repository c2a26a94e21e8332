import { expect, it } from 'vitest';
import { littleEndianValue, numbersIn } from './stored-number.ts';

it.each([
  ['US', '0102', '0201'],
  ['UL', '01020304', '04030201'],
  ['FD', '0102030405060708', '0807060504030201'],
  ['OW', '01020304', '02010403'],
  ['OB', '0102', '0102'],
])('turns big endian %s around', (vr, before, after) => {
  const element = { tag: 0x0028_0010, vr, value: Buffer.from(before, 'hex') };
  expect(Buffer.from(littleEndianValue(element, false)).toString('hex')).toBe(after);
  expect(Buffer.from(littleEndianValue(element, true)).toString('hex')).toBe(before);
  expect(element.value.toString('hex'), 'the source').toBe(before);
});

function text(value: string, most = 1): string | undefined {
  const element = { tag: 0x0018_0060, vr: 'DS', value: Buffer.from(value) };
  const found = numbersIn(element, true, most);
  return found && Buffer.from(found.value).toString();
}

it.each([
  ['120', '120'],
  [' 120.50 ', '120.50'],
  ['-1.5e-3\0', '-1.5e-3'],
  ['.5', '.5'],
  ['', ''],
])('keeps the number %j', (value, kept) => {
  expect(text(value)).toBe(kept);
});

it.each(['1\\2', '12a', '1234567', '19470811', '1 2', 'NaN', '1e999', '+-1'])(
  'keeps nothing of %j',
  (value) => {
    expect(text(value)).toBeUndefined();
  },
);

it('keeps as many as are allowed', () => {
  expect(text('1\\2', 2)).toBe('1\\2');
  const many = { tag: 0x0028_0010, vr: 'US', value: Buffer.alloc(4) };
  expect(numbersIn(many, true, 1)).toBeUndefined();
  expect(numbersIn(many, true, 2)?.value).toHaveLength(4);
});
