import { join } from 'node:path';

/** Folder of a bundle that comes with the program. */
export function bundleFolder(name: string): string {
  return join(import.meta.dirname, '..', '..', '..', 'models', 'bundles', name, '1.0.0');
}
