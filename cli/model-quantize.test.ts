import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../models/onnx/model-file.ts';
import { makeResidualNetwork } from '../models/onnx/residual-network.ts';
import { checkOnnx } from '../models/onnx-rules.ts';
import { phantomFindings } from '../models/phantom/finding.ts';
import { renderPhantom } from '../models/phantom/phantom.ts';
import { storePhantom } from '../models/phantom/stored-phantom.ts';
import { preprocess } from '../models/preprocess.ts';
import { chestDemo } from '../models/training/chest-demo.ts';
import { modelQuantize } from './model-quantize.ts';

const root = mkdtempSync(join(tmpdir(), 'scanside-quantize-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bundles = join(import.meta.dirname, '..', 'models', 'bundles');
const [shippedPath = ''] = globSync('chest-demo/**/model.onnx', { cwd: bundles });
const chest = join(bundles, shippedPath);
const path = (name: string): string => join(root, name);
const put = (name: string, values: Float32Array): void =>
  writeFileSync(path(name), new Uint8Array(values.buffer));

function drawPhantoms(name: string, first: number, count: number): void {
  const drawn = Array.from({ length: count }, (_, at) =>
    renderPhantom({ seed: first + at, size: 160 }),
  );
  const images = drawn.map(
    (phantom) => preprocess(storePhantom(phantom), chestDemo.preprocess).values,
  );
  put(`${name}.f32`, Float32Array.from(images.flatMap((values) => Array.from(values))));
  const labels = drawn.flatMap((phantom) => phantomFindings.map((one) => +phantom.labels[one]));
  put(`${name}-labels.f32`, Float32Array.from(labels));
}

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  const code = await modelQuantize.run(args, {
    out: (text) => void (said.out += `${text}\n`),
    error: (text) => void (said.error += `${text}\n`),
  });
  return { code, ...said };
}

describe('scanside model quantize', () => {
  drawPhantoms('calibration', 50_000, 24);
  // None of these is within 0.18 of the threshold, so that no processor's rounding turns a decision.
  drawPhantoms('valid', 60_300, 48);
  const given = ['--model', chest, '--calibration', path('calibration.f32')];
  const measured = ['--evaluate', path('valid.f32'), '--labels', path('valid-labels.f32')];

  it('writes both graphs, their ranges and every figure, where all limits are kept', async () => {
    const out = path('passed');
    const { code, out: said, error } = await run(...given, ...measured, '--out', out);
    expect(error).toBe('');
    expect(code).toBe(0);
    expect(said).toMatch(/int8\.cpu: \d+ bytes/);
    for (const variant of ['int8.cpu', 'int8.trt'])
      expect(checkOnnx(readFileSync(join(out, `model.${variant}.onnx`)))).toBeUndefined();
    const ranges = JSON.parse(readFileSync(join(out, 'ranges.json'), 'utf8'));
    expect(ranges).toMatchObject({ method: 'minmax', images: { count: 24 } });
    const figures = JSON.parse(readFileSync(join(out, 'quantisation.json'), 'utf8'));
    expect(figures.variants['int8.cpu']).toMatchObject({
      passed: true,
      operators: 13,
      int8Operators: 12,
      runsAs: { QLinearConv: 12, QLinearAdd: 3 },
    });
  });

  it('ends with 3, names the figure and takes an older graph away, where one is missed', async () => {
    const out = path('passed');
    const { code, error } = await run(...given, '--out', out);
    expect(code).toBe(3);
    expect(error).toContain('int8.cpu misses loss of AUC');
    expect(existsSync(join(out, 'model.int8.cpu.onnx'))).toBe(false);
    const figures = JSON.parse(readFileSync(join(out, 'quantisation.json'), 'utf8'));
    expect(figures.variants['int8.trt'].passed).toBe(false);
  });

  it('measures a pruned model against the one it was given', async () => {
    const out = path('pruned');
    const pruning = ['--prune', '0.97', '--out', out];
    const { code, out: said } = await run(...given, ...measured, ...pruning);
    expect(said).toContain('97.0 % of the int8 weights are zero');
    expect(code).toBe(3);
  });

  it('takes the images of a folder in the order of their names', async () => {
    const out = path('folder');
    const form = { side: 8, stem: 3, widths: [4], blocks: 1, outputs: 1 };
    writeFileSync(path('small.onnx'), encodeModel(makeResidualNetwork(form, 1)));
    const images = path('images');
    mkdirSync(images);
    for (const name of ['b.f32', 'a.f32', 'notes.txt'])
      put(join('images', name), new Float32Array(64).fill(name === 'a.f32' ? 0.25 : 0.5));
    const { code } = await run(
      '--model',
      path('small.onnx'),
      '--calibration',
      images,
      '--out',
      out,
    );
    expect(code).toBe(3);
    const ranges = JSON.parse(readFileSync(join(out, 'ranges.json'), 'utf8'));
    const sha256 = createHash('sha256');
    for (const value of [0.25, 0.5])
      sha256.update(new Uint8Array(new Float32Array(64).fill(value).buffer));
    expect(ranges.images).toEqual({ count: 2, sha256: sha256.digest('hex') });
  });

  it('measures the members of an ensemble together, and gives each a folder', async () => {
    const out = path('ensemble');
    const form = { side: 8, stem: 3, widths: [4], blocks: 1, outputs: 1 };
    for (const seed of [1, 2])
      writeFileSync(path(`member-${seed}.onnx`), encodeModel(makeResidualNetwork(form, seed)));
    put(
      'both.f32',
      Float32Array.from({ length: 128 }, (_, at) => at / 128),
    );
    const members = ['--model', path('member-1.onnx'), '--model', path('member-2.onnx')];
    const { out: said } = await run(...members, '--calibration', path('both.f32'), '--out', out);
    expect(said).toContain('int8.cpu, 2 members');
    for (const name of ['member-1', 'member-2'])
      expect(existsSync(join(out, name, 'ranges.json'))).toBe(true);
    const figures = JSON.parse(readFileSync(join(out, 'quantisation.json'), 'utf8'));
    expect(figures).toMatchObject({ members: 2, variants: { 'int8.cpu': { operators: 4 } } });
  });

  it('says what it does', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: scanside model quantize');
  });

  it.each([
    ['--model is missing', []],
    ['--out is missing', given],
    ['must have different names', [...given, ...given.slice(0, 2), '--out', 'x']],
    ["Unknown option '--fast'", [...given, '--fast']],
    ['--method must be one of minmax, percentile', [...given, '--out', 'x', '--method', 'best']],
    ['--prune takes a share', [...given, '--out', 'x', '--prune', '2']],
    ['--threshold takes numbers', [...given, '--out', 'x', '--threshold', '0,2']],
    ['gives 2 numbers for 3 findings', [...given, '--out', 'x', '--threshold', '0.1,0.2']],
    [
      'holds no raw float32',
      [...given.slice(0, 2), '--calibration', path('nothing'), '--out', 'x'],
    ],
    [
      'no whole number of images of 1 x 96 x 96',
      [...given, '--evaluate', path('valid-labels.f32'), '--out', 'x'],
    ],
    ['labels are given for', [...given, '--labels', path('calibration.f32'), '--out', 'x']],
  ])('ends with 2 and its usage: %s', async (why, args) => {
    const { code, error } = await run(...args);
    expect(code).toBe(2);
    expect(error).toContain(why);
    expect(error).toContain('Usage:');
  });

  it.each([
    ['ENOENT', ['--model', path('nothing.onnx')]],
    ['the model must be ONNX', ['--model', path('valid.f32')]],
  ])('ends with 1 and the reason: %s', async (why, args) => {
    const { code, error } = await run(...given, ...args, '--out', path('x'));
    expect(code).toBe(1);
    expect(error).toContain(why);
  });
});
