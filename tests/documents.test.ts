import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCatalogue } from '../device/errors.ts';
import { documents } from '../scripts/documents.ts';

const root = join(import.meta.dirname, '..');

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

describe('pages made from the code', () => {
  it.each(Object.keys(documents))('%s is current; `npm run docs` writes it', (path) => {
    expect(readText(path)).toBe(documents[path]);
  });

  it('name every error code', () => {
    for (const code of Object.keys(errorCatalogue))
      expect(documents['docs/errors.md']).toContain(`| \`${code}\` |`);
  });
});

describe('written pages', () => {
  const pages = globSync('{*.md,docs/*.md,*/README.md}', { cwd: root, exclude: ['node_modules'] });

  it('are found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md']));
  });

  it.each(pages)('%s links and names only files that exist', (path) => {
    const text = readText(path);
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) =>
      join(dirname(path), target),
    );
    const named = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|md))`/g)];
    const files = [...linked, ...named.map(([, target = '']) => target)];
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('tell people to run only commands that exist', () => {
    const scripts = Object.keys(JSON.parse(readText('package.json')).scripts);
    const texts = pages.map(readText).join('\n');
    const run = [...texts.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(run).toContain('demo');
    expect(run.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});
