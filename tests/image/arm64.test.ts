import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../outside.ts';
import { runProgram, temporaryFolder } from '../peers/process.ts';
import { emulation, makeRoot, runEmulated } from './emulation.ts';
import { elfMachines, replayStage, sizeOf } from './replay.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const isForMakers = (name: string): boolean => packages[`node_modules/${name}`].dev === true;
const model = join(root, 'models/bundles/chest-demo/1.0.0/model.onnx');
const smoke = join(import.meta.dirname, 'native-smoke.ts');
const limitMs = 300_000;

/** The native parts that a dependency brings for the device, by its name. */
const everyNativePart: Record<string, string[]> = {
  'better-sqlite3-multiple-ciphers': [
    'node_modules/better-sqlite3-multiple-ciphers/prebuilds/linux-arm64.node',
  ],
  koffi: ['node_modules/@koromix/koffi-linux-arm64/linux_arm64/koffi.node'],
  'onnxruntime-node': [
    'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
    'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node',
  ],
};

const nativeParts = Object.entries(everyNativePart).filter(
  ([name]) => name in manifest.dependencies,
);

describe('the Node parts of the image', () => {
  const folder = temporaryFolder();
  const app = join(folder.path, 'app');

  beforeAll(async () => {
    mkdirSync(app);
    await replayStage('dependencies', app);
  }, limitMs);
  afterAll(() => folder.remove());

  it('hold Node and every native part, all for arm64, and no other', () => {
    const wanted = nativeParts.flatMap(([, paths]) => paths);
    const expected = ['bin/node', ...wanted].map((path) => [path, 'AArch64']);
    expect(elfMachines(app)).toEqual(Object.fromEntries(expected));
  });

  it('hold ONNX Runtime in 60 MB', () => {
    const bytes =
      sizeOf(join(app, 'node_modules/onnxruntime-node')) +
      sizeOf(join(app, 'node_modules/onnxruntime-common'));
    expect(bytes).toBeGreaterThan(20e6);
    expect(bytes).toBeLessThanOrEqual(60e6);
  });

  it('hold what the product imports and nothing that only its makers use', () => {
    const held = (names: string[]) =>
      names.filter((name) => existsSync(join(app, 'node_modules', name)));
    expect(held(Object.keys(manifest.dependencies))).toEqual(Object.keys(manifest.dependencies));
    // What a package of the product needs too is held, whoever else uses it.
    const makers = Object.keys(manifest.devDependencies).filter((name) => isForMakers(name));
    expect(makers).toContain('vitest');
    expect(held(makers)).toEqual([]);
  });

  describeWith(emulation, 'under emulation', () => {
    it(
      'load, keep a row and run a network as on this machine',
      async () => {
        const copy = join(app, 'native-smoke.ts');
        copyFileSync(smoke, copy);
        const asked = [model, ...nativeParts.map(([name]) => name)];
        const node = join(app, 'bin', 'node');
        const emulated = await runEmulated(makeRoot(folder.path), [node, copy, ...asked], limitMs);
        expect(emulated).toMatchObject({ code: 0 });
        const here = await runProgram(process.execPath, [smoke, ...asked]);
        const [theirs, ours] = [emulated, here].map(({ output }) => JSON.parse(output));
        expect(theirs).toMatchObject({ ...ours, machine: 'arm64', answer: expect.any(Array) });
        expect(ours.stored).toBe('1.2');
        expect(theirs.answer).toHaveLength(ours.answer.length);
        for (const [index, value] of ours.answer.entries())
          expect(theirs.answer[index]).toBeCloseTo(value, 4);
      },
      limitMs,
    );
  });
});
