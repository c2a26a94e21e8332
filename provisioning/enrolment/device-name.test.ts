import { expect, test } from 'vitest';
import { deviceNameOf } from './device-name.ts';

test('a serial number in small letters is the device’s name', () => {
  expect(deviceNameOf('SC-0042')).toBe('sc-0042');
});

test.each(['', '-1', 'SC/0042', 'SC 42', 'SC+42', '#', 'Ünit', '\u{212A}-1', 'x'.repeat(65)])(
  'no name is made of %s',
  (serial) => {
    expect(() => deviceNameOf(serial)).toThrow('ENROLMENT_NAME_UNUSABLE');
  },
);
