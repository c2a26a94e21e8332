import { dirname, join } from 'node:path';
import type { Files } from './files.ts';

/**
 * When this program was made: milliseconds since 1970 UTC, 0 where it runs from its sources. The build writes it; no clock
 * of a device may stand before it.
 */
export function readBuildTime(files: Files, folder = dirname(import.meta.dirname)): number {
  const path = join(folder, 'built.json');
  if (!files.isPlainFile(path)) return 0;
  const { builtAt } = JSON.parse(files.readText(path)) as { builtAt?: unknown };
  return typeof builtAt === 'number' && Number.isFinite(builtAt) ? builtAt : 0;
}
