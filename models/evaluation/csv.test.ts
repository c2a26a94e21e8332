import { describe, expect, it } from 'vitest';
import { readCsv, writeCsv } from './csv.ts';

const cells = (text: string) => readCsv('t.csv', text).rows.map((row) => Object.values(row.cells));

describe('readCsv', () => {
  it.each([
    [
      'line feeds',
      'a,b\n1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['CRLF without a last one', 'a,b\r\n1,2', [['1', '2']]],
    ['a byte order mark', '\uFEFFa,b\n1,2\n', [['1', '2']]],
    ['a comma in quotes', 'a,b\n"1,5",2\n', [['1,5', '2']]],
    ['a doubled quote', 'a,b\n"say ""no""",2\n', [['say "no"', '2']]],
    ['a line end in quotes', 'a,b\n"1\r\n2",3\n', [['1\r\n2', '3']]],
    [
      'empty cells',
      'a,b\n,\n"",x\n',
      [
        ['', ''],
        ['', 'x'],
      ],
    ],
    ['blank lines', 'a,b\n\n1,2\n\n', [['1', '2']]],
    ['a header alone', 'a,b\n', []],
  ])('reads %s', (_, text, expected) => {
    expect(cells(text)).toEqual(expected);
  });

  it('counts rows as a spreadsheet does, also past a line end in quotes', () => {
    expect(readCsv('t.csv', 'a\n"x\ny"\nz\n').rows.map(({ row }) => row)).toEqual([2, 3]);
  });

  it.each([
    ['an open quote', 'a,b\n1,2\n"3,4\n', 'row 3: a quote is open'],
    ['text after a quote', 'a,b\n"1"x,2\n', 'row 2: a quote is open or misplaced'],
    ['a quote inside a bare field', 'a,b\n1"1,2\n', 'row 2: a quote is open or misplaced'],
    ['a short record', 'a,b\n1,2\n3\n', 'row 3: 1 fields, but the header has 2'],
    ['a long record', 'a,b\n1,2,3\n', 'row 2: 3 fields'],
    ['a column that is there twice', 'a,a\n1,2\n', 'there twice: "a"'],
    ['a column without a name', 'a,\n1,2\n', 'has no name'],
  ])('refuses %s and names the row', (_, text, message) => {
    expect(() => cells(text)).toThrow(message);
  });

  it('reads back what writeCsv wrote', () => {
    const record = { a: 'x, "y"', b: 'two\r\nlines', c: '' };
    expect(readCsv('t.csv', writeCsv(['a', 'b', 'c'], [record])).rows[0]?.cells).toEqual(record);
  });
});
