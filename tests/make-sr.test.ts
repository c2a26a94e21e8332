import { createHash } from 'node:crypto';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, '..', 'demo', 'make-sr.ts');

function makeSr(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

describe('make:sr', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-make-sr-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes the same files every time, named by kind, and names their strata', () => {
    const [first, second] = ['first', 'second'].map((name) => {
      const out = join(folder, name);
      const made = makeSr('--count', '16', '--out', out);
      expect(made.status).toBe(0);
      expect(made.stdout.trim().split('\n')).toHaveLength(16);
      expect(made.stdout).toContain(
        '(report, picture, heatmap, presentation-state, segmentation, measurements, boxes)',
      );
      return readdirSync(out).map((file) => ({
        file,
        hash: createHash('sha256')
          .update(readFileSync(join(out, file)))
          .digest('hex'),
      }));
    });
    const names = first?.map(({ file }) => file) ?? [];
    expect(names.filter((name) => name.startsWith('report-'))).toHaveLength(16);
    for (const kind of ['picture', 'heatmap', 'presentation-state', 'segmentation', 'boxes'])
      expect(names).toContain(`${kind}-0001.dcm`);
    expect(second).toEqual(first);
  });

  it('explains itself', () => {
    expect(makeSr('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage') });
  });

  it.each([
    [['--count', '0', '--out', 'x'], '--count must be a whole number'],
    [['--count', '2'], '--out DIR is missing'],
    [['--cuont', '2'], "Unknown option '--cuont'"],
    [['extra', '--out', 'x'], "Unexpected argument 'extra'"],
  ])('refuses %j in one sentence', (args, sentence) => {
    const refused = makeSr(...args);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(sentence);
    expect(refused.stderr).not.toContain('    at ');
  });
});
