import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { decodeModel, encodeModel } from './onnx/model-file.ts';
import { loadBundle, readBundleFile } from './bundle.ts';

const shipped = join(import.meta.dirname, 'bundles', 'chest-demo');

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-bundle-'));
  fs.cpSync(shipped, folder, { recursive: true });
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

// A manifest is changed in ways that its type forbids.
// eslint-disable-next-line typescript/no-explicit-any
function changeManifest(change: (manifest: any) => void): void {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(fs.readFileSync(path, 'utf8'));
  change(manifest);
  fs.writeFileSync(path, JSON.stringify(manifest));
}

function expectRefusal(rule: string): void {
  expect(() => loadBundle(folder, disk)).toThrow(
    expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(rule) }),
  );
}

describe('the bundle loader', () => {
  it('loads the shipped bundle, whose model hash is that of the file', () => {
    const bundle = loadBundle(folder, disk);
    const bytes = fs.readFileSync(join(folder, bundle.manifest.model.file));
    expect(bundle.modelHash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(bundle.manifest.labelling.notice).toContain('No clinical use');
    expect(readBundleFile(bundle, 'model.onnx', disk)).toEqual(new Uint8Array(bytes));
  });

  it('refuses a folder that is not there', () => {
    fs.rmSync(folder, { recursive: true });
    expectRefusal('manifest.json must be a plain file');
    fs.mkdirSync(folder);
  });

  it('refuses a manifest that is no JSON', () => {
    fs.writeFileSync(join(folder, 'manifest.json'), '{');
    expectRefusal('manifest.json must be JSON');
  });

  it('refuses an oversized manifest before parsing it', () => {
    fs.writeFileSync(join(folder, 'manifest.json'), Buffer.alloc((1 << 20) + 1, ' '));
    expectRefusal('manifest.json must not be larger than');
  });

  it('refuses one changed byte of the model', () => {
    const path = join(folder, 'model.onnx');
    const bytes = fs.readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    fs.writeFileSync(path, bytes);
    expectRefusal('model.onnx must have its listed SHA-256');
  });

  it('refuses a model of another size', () => {
    fs.appendFileSync(join(folder, 'model.onnx'), 'x');
    expectRefusal('model.onnx must have its listed size');
  });

  it('refuses a model whose weights lie elsewhere', () => {
    const model = decodeModel(fs.readFileSync(join(folder, 'model.onnx')));
    model.graph!.initializer[0]!.externalData.push({ key: 'location', value: 'weights.bin' });
    const bytes = encodeModel(model);
    fs.writeFileSync(join(folder, 'model.onnx'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    changeManifest((manifest) => {
      manifest.files['model.onnx'] = { sha256, size: bytes.length };
    });
    expectRefusal('the model must hold its own weights');
  });

  it('refuses a missing file', () => {
    fs.rmSync(join(folder, 'card.md'));
    expectRefusal('card.md must be a plain file');
  });

  it('refuses a file that is not listed', () => {
    fs.writeFileSync(join(folder, 'weights.bin'), 'x');
    expectRefusal('no file beside the listed ones: weights.bin');
  });

  it('refuses a link in place of a file, even to the right bytes', () => {
    fs.rmSync(join(folder, 'model.onnx'));
    fs.symlinkSync(join(shipped, 'model.onnx'), join(folder, 'model.onnx'));
    expectRefusal('model.onnx must be a plain file, not a link');
  });

  it.each([['../model.onnx'], ['a/b.onnx'], ['']])('refuses the file name "%s"', (name) => {
    changeManifest((manifest) => {
      manifest.files[name] = manifest.files['model.onnx'];
    });
    expectRefusal('manifest.json at files');
  });

  it.each([['.'], ['..']])('refuses the file name "%s"', (name) => {
    changeManifest((manifest) => {
      manifest.files[name] = manifest.files['model.onnx'];
    });
    expectRefusal(`${name} must be a plain file`);
  });

  // eslint-disable-next-line typescript/no-explicit-any
  it.each<[string, (manifest: any) => void]>([
    ['Unrecognized key', (manifest) => (manifest.applies.anything = true)],
    ['at findings.0.threshold', (manifest) => (manifest.findings[0].threshold = 1)],
    ['at preprocess.0.step', (manifest) => (manifest.preprocess[0].step = 'equalise')],
    ['the model file must be listed', (manifest) => (manifest.model.file = 'other.onnx')],
    ['golden.json must be listed', (manifest) => delete manifest.files['golden.json']],
    [
      'must not list itself',
      (manifest) => (manifest.files['manifest.json'] = manifest.files['card.md']),
    ],
    ['finding ids must differ', (manifest) => manifest.findings.push(manifest.findings[0])],
    ['evidence must give the AUC', (manifest) => delete manifest.evidence.auc.nodule],
    ['preprocess must resize', (manifest) => (manifest.model.input.rows = 128)],
    ['low below high', (manifest) => (manifest.preprocess[3].low = 99.5)],
  ])('refuses with "%s"', (rule, change) => {
    changeManifest(change);
    expectRefusal(rule);
  });
});
