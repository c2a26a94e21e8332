import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

function start(args: string[], configuration?: unknown, flags: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  const file = join(folder, 'site.json');
  if (configuration !== undefined) writeFileSync(file, JSON.stringify(configuration));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, join(root, 'runtime', 'main.ts'), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, SCANSIDE_CONFIG: configuration === undefined ? '' : file },
      timeout: 20_000,
    },
  );
  return { status, stdout, stderr, touched: existsSync(join(folder, 'data')) };
}

test('an old Node gets one sentence, before anything native is loaded', () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
  const { status, stderr } = start([], undefined, ['--import', `data:text/javascript,${pretend}`]);
  expect(stderr).toBe(
    'NODE_TOO_OLD: this is Node 20.20.2; Scanside needs 24 or newer. Start it with `npm start`, which brings its own.\n',
  );
  expect(status).toBe(2);
});

test('a wrong configuration names key, value, expectation and remedy, exits with 2 and touches nothing', () => {
  const { status, stderr, touched } = start([], { receiver: { port: 'eleven' } });
  expect(stderr).toMatch(
    /CONFIG_INVALID[^]*receiver\.port = "eleven"; expected[^]*What to do: Correct the keys/,
  );
  expect([status, touched]).toEqual([2, false]);
});

test('--check says what is not safe, and touches nothing', () => {
  const { status, stdout, stderr, touched } = start(['--check'], { receiver: { host: '0.0.0.0' } });
  expect(stdout).toBe('The configuration is valid.\n');
  expect(stderr).toMatch(/NOT SAFE FOR CLINICAL USE:[^]*any caller/);
  expect([status, touched]).toEqual([0, false]);
});

test('a root key that is gone stops the start, and nothing is sealed with another', () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'scanside-'));
  mkdirSync(join(dataFolder, 'spool', 'keys'), { recursive: true });
  writeFileSync(join(dataFolder, 'spool', 'keys', 'a.seg.key'), 'sealed');
  const { status, stderr } = start([], { dataFolder, receiver: { port: 0 }, panel: { port: 0 } });
  expect(stderr).toMatch(/ROOT_KEY_MISSING[^]*What to do: Mount or restore/);
  expect([status, existsSync(join(dataFolder, 'keys'))]).toEqual([2, false]);
});

test('--help and unknown arguments', () => {
  expect(start(['--help'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('SCANSIDE_CONFIG'),
  });
  expect(start(['--verbose'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('unknown argument'),
  });
});
