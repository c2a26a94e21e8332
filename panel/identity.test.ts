import { describe, expect, it } from 'vitest';
import { calendarDate, personName, visible } from './identity.ts';

describe('personName', () => {
  it.each([
    ['Doe^Jane', 'Doe, Jane'],
    ['Doe^Jane^M^Dr^PhD', 'Doe, Jane M Dr PhD'],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada, Tarou = 山田, 太郎 = やまだ, たろう'],
    ['^Jane', 'Jane'],
    ['Doe', 'Doe'],
    ['', 'No name'],
    ['^^^=', 'No name'],
    ['Zoe\u0308^A', 'Zoe\u0308, A'],
  ])('says %j as %j', (value, said) => expect(personName(value)).toBe(said));
});

describe('calendarDate', () => {
  it.each([
    ['19610203', '1961-02-03'],
    ['1961', '1961'],
    ['', ''],
  ])('says %j as %j', (value, said) => expect(calendarDate(value)).toBe(said));
});

describe('visible', () => {
  it('shows what cannot be seen', () => expect(visible('a\0b\nc\ud800')).toBe('a�b�c�'));
});
