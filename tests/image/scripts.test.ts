import {
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disk } from '../../device/files.ts';
import { readPlatform } from '../../device/l4t.ts';
import { describeWith } from '../outside.ts';
import { runProgram, temporaryFolder } from '../peers/process.ts';
import { instructionsOf, parseDockerfile } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');
const scripts = globSync('deploy/jetson/*.sh', { cwd: root });

describeWith(['shellcheck'], 'the shell of the image', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it.each(scripts)('is sound in %s', async (script) => {
    expect(await runProgram('shellcheck', [join(root, script)])).toEqual({ code: 0, output: '' });
  });

  it('is sound in every RUN', async () => {
    const { stages } = parseDockerfile(readFileSync(join(root, 'Dockerfile.jetson'), 'utf8'));
    const commands = stages.flatMap((stage) => instructionsOf(stage, 'RUN'));
    expect(commands.length).toBeGreaterThan(5);
    const path = join(folder.path, 'run.sh');
    const text = commands.map((command) => command.text).join('\n');
    writeFileSync(path, `#!/bin/sh\nJETPACK=6.2 DRIVER=host\n${text}\n`);
    expect(await runProgram('shellcheck', [path])).toEqual({ code: 0, output: '' });
  });
});

describe('take-onnxruntime.sh', () => {
  const folder = temporaryFolder();
  const given = join(folder.path, 'given');
  const deploy = join(folder.path, 'deploy');
  const sums = join(deploy, 'onnxruntime-jetpack-6.2.sha256');
  const libraries = [
    'libonnxruntime.so.1',
    'libonnxruntime_providers_cuda.so',
    'libonnxruntime_providers_shared.so',
    'libonnxruntime_providers_tensorrt.so',
  ];
  const take = (jetpack = '6.2') =>
    runProgram(join(deploy, 'take-onnxruntime.sh'), [jetpack, given, join(folder.path, 'taken')]);

  beforeAll(() => {
    for (const path of [given, deploy]) mkdirSync(path);
    const script = readFileSync(join(root, 'deploy/jetson/take-onnxruntime.sh'));
    writeFileSync(join(deploy, 'take-onnxruntime.sh'), script, { mode: 0o755 });
    for (const name of libraries) writeFileSync(join(given, name), name);
  });
  afterAll(() => folder.remove());

  const sumOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const writeSums = (names: string[]) =>
    writeFileSync(sums, names.map((name) => `${sumOf(name)}  ${name}\n`).join(''));

  it('takes what the repository has the values of', async () => {
    writeSums(libraries);
    expect(await take()).toEqual({ code: 0, output: '' });
    expect(globSync('*', { cwd: join(folder.path, 'taken') }).sort()).toEqual(libraries);
  });

  it('refuses a JetPack that nobody has built for', async () => {
    expect(await take('7.2')).toMatchObject({
      code: 1,
      output: expect.stringContaining('there is no onnxruntime-jetpack-7.2.sha256'),
    });
  });

  it('refuses values that leave a library out', async () => {
    writeSums(libraries.slice(1));
    expect(await take()).toMatchObject({ code: 1, output: expect.stringContaining('not name') });
  });

  it('refuses a library with one byte changed', async () => {
    writeSums(libraries);
    writeFileSync(join(given, 'libonnxruntime.so.1'), 'libonnxruntime.so.2');
    expect(await take()).toMatchObject({ code: 1, output: expect.stringContaining('released') });
  });
});

describe('gather-libraries.sh', () => {
  const folder = temporaryFolder();
  const tree = join(folder.path, 'tree');
  const gathered = join(folder.path, 'gathered');
  afterAll(() => folder.remove());

  it('takes each library once, under all its names, and nothing else', async () => {
    mkdirSync(join(tree, 'lib/tegra'), { recursive: true });
    mkdirSync(join(tree, 'cuda/lib/stubs'), { recursive: true });
    for (const path of [
      'lib/liba.so.1.2',
      'lib/tegra/libc.so',
      'lib/x.h',
      'lib/liba.so.1.2-gdb.py',
      'cuda/lib/stubs/libc.so.1',
    ])
      writeFileSync(join(tree, path), path);
    symlinkSync('liba.so.1.2', join(tree, 'lib/liba.so.1'));
    symlinkSync('tegra/libc.so', join(tree, 'lib/libc.so.1'));
    symlinkSync('/nowhere/libd.so', join(tree, 'lib/libd.so.1'));
    const script = join(root, 'deploy/jetson/gather-libraries.sh');
    expect(await runProgram(script, [tree, gathered])).toEqual({ code: 0, output: '' });
    const kinds = readdirSync(gathered, { withFileTypes: true }).map((entry) => [
      entry.name,
      entry.isSymbolicLink() ? readlinkSync(join(gathered, entry.name)) : 'file',
    ]);
    expect(Object.fromEntries(kinds)).toEqual({
      'liba.so.1': 'liba.so.1.2',
      'liba.so.1.2': 'file',
      'libc.so': 'file',
      'libc.so.1': 'libc.so',
    });
    expect(readFileSync(join(gathered, 'libc.so.1'), 'utf8')).toBe('lib/tegra/libc.so');
  });
});

describe('describe-platform.sh', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it.each([
    ['6.2', 'host', '36.4'],
    ['7.2', 'image', '39.2'],
  ])(
    'writes for JetPack %s what the appliance reads at the start',
    async (jetpack, driver, l4t) => {
      const script = join(root, 'deploy/jetson/describe-platform.sh');
      const { output } = await runProgram(script, [jetpack, driver]);
      writeFileSync(join(folder.path, 'platform.json'), output);
      expect(readPlatform(disk, folder.path)).toEqual({ jetpack, l4t, driver });
    },
  );
});

const arm64Libraries = '/usr/aarch64-linux-gnu/lib/libstdc++.so.6';

describeWith(['readelf', arm64Libraries], 'check-libraries.sh', () => {
  const folder = temporaryFolder();
  const script = join(root, 'deploy/jetson/check-libraries.sh');
  const runtime = join(
    root,
    'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
  );
  const check = (...paths: string[]) => runProgram(script, paths);
  const place = (name: string, from: string) => {
    const path = join(folder.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, readFileSync(from));
    return dirname(path);
  };
  afterAll(() => folder.remove());

  it('passes libraries whose needs are met', async () => {
    const place1 = place('sound/libonnxruntime.so.1', runtime);
    expect(await check(place1)).toEqual({ code: 0, output: '' });
  });

  it('names what is missing', async () => {
    const binding = join(dirname(runtime), 'onnxruntime_binding.node');
    const path = place('lacking/binding.so', binding);
    expect(await check(path)).toMatchObject({
      code: 1,
      output: expect.stringContaining('needs libonnxruntime.so.1'),
    });
    expect(await check(path, join(folder.path, 'sound'))).toEqual({ code: 0, output: '' });
  });

  it('refuses a library for another machine', async () => {
    const x64 = runtime.replace('/arm64/', '/x64/');
    expect(await check(place('other/libonnxruntime.so.1', x64))).toMatchObject({
      code: 1,
      output: expect.stringContaining('X86-64'),
    });
  });
});
