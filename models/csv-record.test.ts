import { describe, expect, it } from 'vitest';
import { nameFields, readRecords } from './csv-record.ts';

const read = (text: string) => readRecords(text, (row) => new Error(`row ${row} is refused`));

describe('records of comma-separated values', () => {
  it('end with any line end, and blank lines are counted but left out', () => {
    expect(read('\uFEFFa,b\r1,2\r\n  \n\n3,"4\n,""5"""')).toEqual([
      { row: 1, fields: ['a', 'b'] },
      { row: 2, fields: ['1', '2'] },
      { row: 5, fields: ['3', '4\n,"5"'] },
    ]);
  });

  it.each(['a\n"1', 'a\n1"2"', 'a\n"1"2'])('are refused with the row of a quote: %j', (text) => {
    expect(() => read(text)).toThrow('row 2 is refused');
  });

  it('are none in an empty text', () => {
    expect(read('')).toEqual([]);
  });

  it('are named by column, without white space around them', () => {
    expect(nameFields(['a', 'b'], { row: 2, fields: [' 1 ', ''] })).toEqual({ a: '1', b: '' });
  });
});
