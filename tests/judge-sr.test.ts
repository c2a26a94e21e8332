import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, '..', 'scripts', 'judge-sr.ts');

function judgeSr(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

describe('judge:sr', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-judge-sr-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Judges two reports by a validator that says these lines. */
  function judgedBy(...lines: string[]) {
    const validator = join(folder, 'validator');
    writeFileSync(validator, ['#!/bin/sh', ...lines.map((line) => `echo '${line}'`)].join('\n'), {
      mode: 0o755,
    });
    return judgeSr('--count', '2', '--validator', validator);
  }

  it('passes where nobody finds anything', () => {
    const judged = judgedBy('files=2 errors=0 warnings=0 unrecognised=0');
    expect(judged.status).toBe(0);
    expect(judged.stdout).toContain('2 of 2 judged: errors=0 warnings=0 unrecognised=0');
  });

  it.each([
    ['files=2 errors=1 warnings=0 unrecognised=0', 'a: Error: x', 'errors=1 '],
    ['files=2 errors=0 warnings=1 unrecognised=0', 'a: Warning: x', 'warnings=1 '],
    ['files=2 errors=0 warnings=0 unrecognised=1', 'a: template not recognised', 'unrecognised=1'],
    ['files=2 errors=0 warnings=0 unrecognised=0', 'a: dciodvfy: Error - x', 'errors=1 '],
    ['files=2 errors=0 warnings=0 unrecognised=0', 'a: dciodvfy: Warning - x', 'warnings=1 '],
    ['files=2 errors=0 warnings=0 unrecognised=0', 'a: dsrdump refuses it', 'errors=1 '],
  ])('fails at %s after %s, and shows it', (summary, line, counted) => {
    const judged = judgedBy(line, summary);
    expect(judged.status).toBe(1);
    expect(judged.stdout).toContain(line);
    expect(judged.stdout).toContain(counted);
  });

  it('fails where a validator gives no verdict, for its silence is no praise', () => {
    expect(judgedBy('hello')).toMatchObject({ status: 1 });
  });

  it('explains itself', () => {
    expect(judgeSr('--help')).toMatchObject({ status: 0 });
  });

  it.each([
    [['--count', '1.5'], 2, '--count must be a whole number'],
    [['--cuont', '1'], 2, "Unknown option '--cuont'"],
    [['--validator', '/nowhere'], 1, 'name it by --validator'],
  ])('refuses %j in one sentence', (args, status, sentence) => {
    const refused = judgeSr(...args);
    expect(refused).toMatchObject({ status, stdout: '' });
    expect(refused.stderr).toContain(sentence);
    expect(refused.stderr).not.toContain('    at ');
  });
});
