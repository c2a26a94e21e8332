import { existsSync, globSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finished } from './peers/process.ts';
import { isListening, runProgram, startProgram, temporaryFolder } from './peers/process.ts';
import { freePort } from './outside.ts';

const root = join(import.meta.dirname, '..');

describe('the compiled product', () => {
  const folder = temporaryFolder();
  const app = join(folder.path, 'app');
  let built: Finished;

  beforeAll(async () => {
    built = await runProgram(process.execPath, [join(root, 'scripts', 'build.ts'), app]);
    if (existsSync(app)) symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'));
  });
  afterAll(() => folder.remove());

  it('builds', () => {
    expect(built).toMatchObject({ code: 0 });
  });

  it('holds the program and what it reads, and neither sources nor tests', () => {
    const files = globSync('{device,models,panel,runtime}/**', { cwd: app });
    expect(files).toContain('runtime/main.js');
    expect(files).toContain('panel/assets/manifest.json');
    expect(files.filter((path) => /\.test\.|[^d]\.ts$/.test(path))).toEqual([]);
  });

  it('starts, listens and ends when it is told to', async () => {
    const port = await freePort();
    const path = join(folder.path, 'scanside.json');
    const settings = {
      dataFolder: join(folder.path, 'data'),
      receiver: { port },
      panel: { port: 0, https: 'off' },
    };
    writeFileSync(path, JSON.stringify(settings));
    const command = [`SCANSIDE_CONFIG=${path}`, process.execPath, join(app, 'runtime', 'main.js')];
    const running = await startProgram('env', command, () => isListening(port));
    await running.stop();
    expect(await isListening(port)).toBe(false);
  });
});
