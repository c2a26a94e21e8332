import { expect, it } from 'vitest';
import { PdfDocument } from './pdf-document.ts';

function make(lines: string[]): string {
  const document = new PdfDocument('Report (1)');
  for (const line of lines) document.text(line);
  return document.end().toString('latin1');
}

it('has a table that says where each object begins, and its end says where the table does', () => {
  const pdf = make(['one', 'two']);
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1]);
  expect(pdf.slice(table, table + 4)).toBe('xref');
  const offsets = [...pdf.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, at]) =>
    Number(at),
  );
  expect(offsets.length).toBeGreaterThan(5);
  for (const [number, at] of offsets.entries())
    expect(pdf.slice(at)).toMatch(new RegExp(`^${number + 1} 0 obj\\n`));
});

it('has streams of the length that they say', () => {
  for (const [, length, stream] of make(['x']).matchAll(
    /\/Length (\d+) >>\nstream\n([^]*?)\nendstream/g,
  ))
    expect(stream).toHaveLength(Number(length));
});

it('breaks long lines and goes on to further pages, and loses no word', () => {
  const words = Array.from({ length: 3000 }, (_, at) => `word${at}`);
  const pdf = make([words.join(' ')]);
  expect(/\/Count (\d+)/.exec(pdf)?.[1]).not.toBe('1');
  const shown = [...pdf.matchAll(/\((word[^)]*)\) Tj/g)].flatMap(([, text = '']) =>
    text.split(' '),
  );
  expect(shown).toEqual(words);
});

it('breaks a word that is longer than a line', () => {
  const shown = [...make(['x'.repeat(500)]).matchAll(/\((x+)\) Tj/g)].map(([, text = '']) => text);
  expect(shown.length).toBeGreaterThan(1);
  expect(shown.join('')).toBe('x'.repeat(500));
});

it('lets no text out of its string, and shows what its fonts do not have as a question mark', () => {
  expect(make([String.raw`a) Tj (b\ ✓ é ’`])).toContain('(a\\) Tj \\(b\\\\ ? \u00e9 \u0092) Tj');
});
