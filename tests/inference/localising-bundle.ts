import fs from 'node:fs';
import { join } from 'node:path';
import { manifest } from './bundle-change.ts';

const shipped = join(import.meta.dirname, '..', '..', 'models', 'bundles');

/** Copies shipped bundles, as they would be if they might say where they reacted. The folder is that of the models. */
export function copyLocalising(folder: string, names: readonly string[]): string {
  for (const name of names) {
    const copy = join(folder, name, '1.0.0');
    fs.cpSync(join(shipped, name, '1.0.0'), copy, { recursive: true });
    manifest((each) => {
      each.presentation = 'concurrent-aid';
      each.show.localisation = true;
    })(copy);
  }
  return folder;
}
