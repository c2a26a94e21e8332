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

  /** A program that says these lines, whatever it is asked. */
  function program(name: string, lines: string[]): string {
    const path = join(folder, name);
    const text = ['#!/bin/sh', ...lines.map((line) => `echo "${line}"`)].join('\n');
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  }

  /** Judges the objects of one result with a finding by validators that say these lines. */
  function judgedBy({
    reports = sound.reports,
    headers = sound.headers,
    segments = sound.segments,
  }) {
    const [validator, dciodvfy, java] = [
      program('validator', reports),
      program('dciodvfy', headers),
      program('java', segments),
    ];
    return judgeSr(
      '--count',
      '1',
      '--validator',
      validator,
      '--dciodvfy',
      dciodvfy,
      '--java',
      java,
    );
  }

  const sound = {
    reports: ['files=1 errors=0 warnings=0 unrecognised=0'],
    headers: ['SCImage'],
    segments: ['Found Segmentation IOD', 'IOD validation complete'],
  };

  it('passes where nobody finds anything, and counts every kind', () => {
    const judged = judgedBy({});
    expect(judged.status).toBe(0);
    for (const kind of [
      'report',
      'picture',
      'measurements',
      'boxes',
      'segmentation',
      'heatmap',
      'presentation-state',
    ])
      expect(judged.stdout).toContain(`${kind}: 1 of 1 judged: errors=0 warnings=0 unrecognised=0`);
    expect(judged.stdout).toContain('all: 7 judged: errors=0 warnings=0 unrecognised=0\n');
  });

  it.each([
    ['files=1 errors=1 warnings=0 unrecognised=0', 'a: Error: x', 'errors=1 '],
    ['files=1 errors=0 warnings=1 unrecognised=0', 'a: Warning: x', 'warnings=1 '],
    ['files=1 errors=0 warnings=0 unrecognised=1', 'a: template not recognised', 'unrecognised=1'],
    ['files=1 errors=0 warnings=0 unrecognised=0', 'a: dciodvfy: Error - x', 'errors=1 '],
    ['files=1 errors=0 warnings=0 unrecognised=0', 'a: dciodvfy: Warning - x', 'warnings=1 '],
    ['files=1 errors=0 warnings=0 unrecognised=0', 'a: dsrdump refuses it', 'errors=1 '],
  ])('fails at %s after %s of a report, and shows it', (summary, line, counted) => {
    const judged = judgedBy({ reports: [line, summary] });
    expect(judged.status).toBe(1);
    expect(judged.stdout).toContain(line);
    expect(judged.stdout).toContain(counted);
  });

  it.each([
    ['errors=4 ', 'Error - x', { headers: ['SCImage', 'Error - x'] }],
    ['warnings=4 ', 'Warning - x', { headers: ['SCImage', 'Warning - x'] }],
    ['unrecognised=4', 'not recognised', { headers: ['nothing of the kind'] }],
    ['errors=1 ', 'Error: x', { segments: [...sound.segments, 'Error: x'] }],
    ['warnings=1 ', 'Warning: x', { segments: [...sound.segments, 'Warning: x'] }],
    ['unrecognised=1', 'not recognised', { segments: ['Found Segmentation IOD'] }],
  ])('fails with %s at %s of what stands beside the report', (counted, line, said) => {
    const judged = judgedBy(said);
    expect(judged.status).toBe(1);
    expect(judged.stdout).toContain(line);
    expect(judged.stdout).toContain(counted);
  });

  it('counts what a validator is wrong in, and says why', () => {
    const wrong = 'Error: GeneralSeriesModule/Laterality/: : Missing conditional attribute';
    const judged = judgedBy({ segments: [...sound.segments, wrong] });
    expect(judged.status).toBe(0);
    expect(judged.stdout).toContain('excused=1');
    expect(judged.stdout).toContain('excused 1 times: PixelMed asks for Laterality');
  });

  it('fails where a validator gives no verdict, for its silence is no praise', () => {
    expect(judgedBy({ reports: ['hello'] })).toMatchObject({ status: 1 });
  });

  it('fails where a program is missing', () => {
    const validator = program('validator', sound.reports);
    const judged = judgeSr('--count', '1', '--validator', validator, '--dciodvfy', '/nowhere');
    expect(judged.status).toBe(1);
    expect(judged.stderr).toContain('/nowhere cannot be started');
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
