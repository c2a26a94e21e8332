import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'security', 'threat-model.md'), 'utf8');

interface Threat {
  id: string;
  shown: string;
}

const threats: Threat[] = page
  .split('\n')
  .filter((line) => /^\| T\d+ /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map((cells) => ({ id: cells[1] ?? '', shown: cells[5] ?? '' }));

const testsOf = ({ shown }: Threat) => [...shown.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);

describe('the threat model', () => {
  it('has a threat once under each id', () => {
    const ids = threats.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(threats)('$id is shown by tests that exist, or says that it is open', (threat) => {
    const tests = testsOf(threat);
    if (threat.shown === 'open') return;
    expect(tests).not.toEqual([]);
    expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
