import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { decodeModel, encodeModel } from './onnx/model-file.ts';
import { findBundle, loadBundle, readBundleFile } from './bundle.ts';

const shipped = join(import.meta.dirname, 'bundles', 'chest-demo', '1.0.0');

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
  it('loads the shipped bundle, whose hash is that of the manifest', () => {
    const bundle = loadBundle(folder, disk);
    const manifest = fs.readFileSync(join(folder, 'manifest.json'));
    expect(bundle.hash).toBe(createHash('sha256').update(manifest).digest('hex'));
    const bytes = fs.readFileSync(join(folder, 'model.onnx'));
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
    ['Unrecognized key', (manifest) => (manifest.limits.anything = true)],
    ['at findings.0.threshold', (manifest) => (manifest.findings[0].threshold = 1)],
    ['at preprocess.0.step', (manifest) => (manifest.preprocess[0].step = 'equalise')],
    ['rule network-listed', (manifest) => (manifest.network.members[0].fp32 = 'other.onnx')],
    ['rule graph-declared', (manifest) => (manifest.files['b.onnx'] = manifest.files['card.md'])],
    ['rule variant-present', (manifest) => (manifest.network.runs.cpu = 'int8.cpu')],
    ['rule golden-listed', (manifest) => delete manifest.files['golden.json']],
    [
      'rule manifest-unlisted',
      (manifest) => (manifest.files['manifest.json'] = manifest.files['card.md']),
    ],
    ['rule finding-ids', (manifest) => manifest.findings.push(manifest.findings[0])],
    ['rule clearance-number', (manifest) => (manifest.identity.status = 'cleared')],
    ['rule presentation-localisation', (manifest) => (manifest.show.localisation = true)],
    ['rule explanation-output', (manifest) => delete manifest.network.outputs.cam],
    ['rule mask-threshold', (manifest) => (manifest.network.outputs.mask = 'cam')],
    ['rule mask-threshold', (manifest) => (manifest.network.maskThreshold = 0.5)],
    [
      'rule mask-input',
      ({ network }) => {
        network.outputs.mask = 'cam';
        network.maskThreshold = 0.5;
        network.input.kind = 'volume';
      },
    ],
    ['at network.maskThreshold', (manifest) => (manifest.network.maskThreshold = 1)],
    [
      '"mask" of rank 4',
      ({ network }) => {
        network.outputs.mask = 'mask';
        network.maskThreshold = 0.5;
      },
    ],
    ['rule preprocess-size', (manifest) => (manifest.network.input.rows = 128)],
    ['rule percentile-order', (manifest) => (manifest.preprocess[3].low = 99.8)],
    ['rule input-slices', (manifest) => (manifest.network.input.slices = 3)],
    ['rule preprocess-size', (manifest) => (manifest.network.input.kind = 'volume')],
    ['rule domain-listed', (manifest) => delete manifest.files['reference.bin']],
    [
      'rule age-gate',
      (manifest) => {
        manifest.applies.ageYears = { low: 1, high: 5, absent: 'gate' };
        delete manifest.domain;
      },
    ],
    [
      'rule performance-interval',
      (manifest) => (manifest.findings[0].performance.sensitivity.low += 0.001),
    ],
    ['rule performance-interval', (manifest) => (manifest.findings[0].performance.auc.high = 0.5)],
    ['rule tier-order', (manifest) => (manifest.findings[0].tiers = [{ name: 'high', from: 0.9 }])],
  ])('refuses with "%s"', (rule, change) => {
    changeManifest(change);
    expectRefusal(rule);
  });
});

describe('a bundle by its name', () => {
  const bundles = join(import.meta.dirname, 'bundles');

  it('is the newest version, or the one that is named', () => {
    const copies = join(folder, 'copies');
    for (const version of ['1.2.0', '1.10.0', 'notes'])
      fs.mkdirSync(join(copies, 'chest', version), { recursive: true });
    expect(findBundle(copies, 'chest', disk)).toBe(join(copies, 'chest', '1.10.0'));
    expect(findBundle(copies, 'chest@1.2.0', disk)).toBe(join(copies, 'chest', '1.2.0'));
    expect(findBundle(bundles, 'chest-demo', disk)).toBe(shipped);
  });

  it.each([['absent'], ['chest-demo@9.9.9'], ['chest-demo@../..']])('is refused: %s', (name) => {
    expect(() => findBundle(bundles, name, disk)).toThrow('rule bundle-present');
  });
});
