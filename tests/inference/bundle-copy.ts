import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle } from '../../models/bundle.ts';

export const shippedFolder = join(
  import.meta.dirname,
  '..',
  '..',
  'models',
  'bundles',
  'chest-demo',
  '1.0.0',
);

/** Copies the shipped bundle with another file in it, listed properly, as a careless supplier would make it. */
export function copyBundle(
  folder: string,
  name: string,
  change: (bytes: Buffer) => Buffer,
): Bundle {
  fs.cpSync(shippedFolder, folder, { recursive: true });
  const bytes = change(fs.readFileSync(join(folder, name)));
  fs.writeFileSync(join(folder, name), bytes);
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(fs.readFileSync(path, 'utf8'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  manifest.files[name] = { sha256, size: bytes.length };
  fs.writeFileSync(path, JSON.stringify(manifest));
  return loadBundle(folder, disk);
}

/** Overwrites the biases of the model's last layer, which lie as raw floats after their name (TensorProto field 9). */
export function poisonBiases(model: Buffer): Buffer {
  const name = model.indexOf('head.bias', model.indexOf('head.bias\x4a') - 1, 'latin1');
  const at = name + 'head.bias'.length + 2;
  for (let k = 0; k < 3; k++) model.writeFloatLE(3e38, at + 4 * k);
  return model;
}
