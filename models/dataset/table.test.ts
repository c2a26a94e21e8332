import { describe, expect, it } from 'vitest';
import { readTable } from './table.ts';

const read = (text: string) => readTable(Buffer.from(text));

describe('a table', () => {
  it.each([
    ['plain', 'a,b\n1,2\n'],
    ['of another system', '\ufeffa,b\r\n1,2\r\n'],
    ['without a last line break', 'a,b\n1,2'],
    ['with spaces', ' a , b \n 1 ,2 \n'],
    ['with empty lines', 'a,b\n\n1,2\n\n'],
    ['quoted', '"a","b"\n"1","2"'],
  ])('is read: %s', (_how, text) => {
    const { columns, rows } = read(text);
    expect(columns).toEqual(['a', 'b']);
    expect(rows.map(({ fields }) => fields)).toEqual([{ a: '1', b: '2' }]);
  });

  it('keeps commas, quotes and line breaks of a quoted field, and numbers its rows', () => {
    const { rows } = read('a,b\n"x, ""y""\nz",\n,2');
    expect(rows).toEqual([
      { row: 2, fields: { a: 'x, "y"\nz', b: '' } },
      { row: 3, fields: { a: '', b: '2' } },
    ]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['a field too few', 'a,b\n1,2\n3\n', /row 3 has 1 of 2 fields/],
    ['fields too many', 'a,b\n1,2,3\n4,5,6\n', /row 2 has 3 of 2 fields; row 3 has 3/],
    ['a column twice', 'a,a\n1,2\n', /row 1/],
    ['a column without a name', 'a,\n1,2\n', /row 1/],
    ['nothing in it', '', /row 1/],
    ['a quote that never ends', 'a,b\n1,"2\n', /row 2 has a broken quote/],
    ['a quote inside a field', 'a,b\n1,2"3"\n', /row 2 has a broken quote/],
    ['other bytes than UTF-8', Buffer.from('a\n\xe4', 'latin1'), /not UTF-8/],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => readTable(Buffer.from(text))).toThrow(message);
  });

  it('is read in time that grows with its size, whatever is in it', () => {
    const hostile = `a\n"${'""'.repeat(500_000)}`;
    expect(() => read(hostile)).toThrow(/row 2 has a broken quote/);
  });
});
