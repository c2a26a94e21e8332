import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryDisk } from '../../tests/faults/memory-disk.ts';
import { describeWith } from '../../tests/outside.ts';
import { temporaryFolder } from '../../tests/peers/process.ts';
import { hashSegments } from './blob.ts';
import { applyDelta } from './delta.ts';

const length = 6 << 20;

function blobOf(bytes: Buffer) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { stored: 'model.onnx', length: bytes.length, sha256, segments: hashSegments(bytes) };
}

/** A model, the same with its last twentieth retrained, and the patch between the two. */
function retrained() {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const base = randomBytes(length);
  const changed = Buffer.from(base);
  randomBytes(Math.floor(length / 20)).copy(changed, length - Math.floor(length / 20));
  const [one, other, patch] = ['one', 'other', 'patch'].map((name) => join(path, name));
  fs.writeFileSync(one!, base);
  fs.writeFileSync(other!, changed);
  spawnSync('zstd', ['-q', '--long=27', `--patch-from=${one}`, other!, '-o', patch!]);
  return { base, changed, patch: fs.readFileSync(patch!) };
}

describeWith(['zstd'], 'a patch of zstd', () => {
  it('makes the retrained model of the former one, with less than a tenth of its bytes', async () => {
    const { base, changed, patch } = retrained();
    expect(patch.length).toBeLessThan(length / 10);
    const files = new MemoryDisk();
    files.replace('/patch', patch);
    const delta = { base, patch: '/patch', path: '/model.onnx' };
    expect(await applyDelta(files, delta, blobOf(changed))).toBe(true);
    expect(files.readBytes('/model.onnx').equals(changed)).toBe(true);
  });

  it('that gives more than was signed for leaves no file', async () => {
    const { base, changed, patch } = retrained();
    const files = new MemoryDisk();
    files.replace('/patch', patch);
    const delta = { base, patch: '/patch', path: '/model.onnx' };
    const shorter = blobOf(changed.subarray(0, length - 1));
    expect(await applyDelta(files, delta, shorter)).toBe(false);
    expect(await applyDelta(files, { ...delta, base: randomBytes(length) }, blobOf(changed))).toBe(
      false,
    );
    expect(files.exists('/model.onnx')).toBe(false);
  });
});
