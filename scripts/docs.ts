// Writes the pages of docs/ that are made from the code: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './documents.ts';

for (const [path, text] of Object.entries(documents)) {
  writeFileSync(join(import.meta.dirname, '..', path), text);
  console.log(`docs: ${path}`);
}
