import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { replaceSection } from './document.ts';
import { describeDisk, describeMachine, describeVersions } from './machine.ts';

const path = join(import.meta.dirname, 'README.md');

/** Prints what was measured and, unless `dry`, puts it into benchmarks/README.md with where and how. */
export function writeReport(
  section: string,
  content: string,
  { folder, dry }: { folder: string; dry: boolean },
): void {
  const [name = '', ...options] = process.argv.slice(2);
  const command = ['npm run bench --', name, ...options].join(' ');
  const when = new Date().toISOString().slice(0, 10);
  const where = `${when}, ${describeMachine()}; ${describeDisk(folder)}; ${describeVersions()}.`;
  const text = `${where}\n\n\`${command}\`\n\n${content}`;
  console.log(text);
  if (dry) return;
  writeFileSync(path, replaceSection(readFileSync(path, 'utf8'), section, text));
  const prettier = join(import.meta.dirname, '../node_modules/prettier/bin/prettier.cjs');
  execFileSync(process.execPath, [prettier, '--write', '--log-level', 'warn', path]);
}
