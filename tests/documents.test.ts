import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorCatalogue } from '../device/errors.ts';
import { documents } from '../scripts/documents.ts';

it.each(Object.keys(documents))('%s is what the code says; `npm run docs` writes it', (path) => {
  expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(documents[path]);
});

it('names every error code', () => {
  for (const code of Object.keys(errorCatalogue))
    expect(documents['docs/errors.md']).toContain(`| \`${code}\` |`);
});
