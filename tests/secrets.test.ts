import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What a secret looks like. Written so that this file does not hold one. */
const secrets: Record<string, RegExp> = {
  'a private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}/,
  'a key of a cloud': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a token of a code host': /\b(?:ghp|gho|ghs|github_pat|glpat)[_-][A-Za-z0-9_-]{20,}/,
  'a token of a registry': /\b(?:npm_[A-Za-z0-9]{36}|_authToken\s*=\s*\S{8})/,
  'a signed token': /\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/,
  'a password in an address':
    /\b[a-z][a-z+]{2,9}:\/\/[^\s/:@'"`]+:[^\s/@'"`]{6,}@[a-z0-9-]+\.[a-z0-9.-]+/i,
};

function findSecrets(text: string): string[] {
  return Object.entries(secrets).flatMap(([name, form]) => (form.test(text) ? [name] : []));
}

const text = (...parts: string[]) => parts.join('');

describe('the search for secrets', () => {
  it.each([
    ['a private key', text('-----BEGIN PRIVATE', ' KEY-----\n', 'A'.repeat(64))],
    ['a private key', text('-----BEGIN EC PRIVATE', ' KEY-----\n', 'A'.repeat(64))],
    ['a key of a cloud', text('AK', 'IA', 'ABCDEFGHIJKLMNOP')],
    ['a token of a code host', text('gh', 'p_', 'a'.repeat(36))],
    ['a token of a registry', text('npm', '_', 'a'.repeat(36))],
    ['a signed token', text('ey', 'J'.repeat(20), '.ey', 'J'.repeat(20), '.', 'a'.repeat(20))],
    ['a password in an address', text('mqtt://ada', ':secret1', '@broker.example')],
  ])('finds %s', (name, secret) => expect(findSecrets(`x = "${secret}"`)).toEqual([name]));

  it('finds none in what is committed', () => {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter((path) => path !== '' && statSync(join(root, path)).size < 4 * 1024 * 1024);
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((path) =>
      findSecrets(readFileSync(join(root, path), 'latin1')).map((name) => `${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });
});
