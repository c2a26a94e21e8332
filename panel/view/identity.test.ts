import { describe, expect, it } from 'vitest';
import { calendarDate, maskedId, maskedName, personName, visible } from './identity.ts';

describe('personName', () => {
  it.each([
    ['Doe^Jane', 'Doe, Jane'],
    ['Doe^Jane^M^Dr^PhD', 'Doe, Jane M Dr PhD'],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada, Tarou = 山田, 太郎 = やまだ, たろう'],
    ['^Jane', 'Jane'],
    ['Doe', 'Doe'],
    ['', ''],
    ['^^^=', ''],
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

describe('masking', () => {
  it.each([
    ['Doe^Jane', 'D***, J***'],
    ['O’Neill^Ömer=大西^望', 'O***, Ö***'],
    ['山田^太郎', '山***, 太***'],
    ['', ''],
  ])('leaves of %j no more than %j', (name, masked) => {
    expect(maskedName(name)).toBe(masked);
    expect(maskedName(masked)).toBe(masked);
  });

  it.each([
    ['A-1234567', '…4567'],
    ['…4567', '…4567'],
    ['12', '…'],
    ['', ''],
  ])('leaves of the number %j no more than %j', (id, masked) => expect(maskedId(id)).toBe(masked));
});
