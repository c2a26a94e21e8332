import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../models/canonical-json.ts';
import type { Accelerator } from './accelerator.ts';
import type { TensorrtOptions } from './options.ts';

/** Changes when what is stored under a key does. */
const schema = 1;

/**
 * Names what a build makes of a graph: SHA-256, hexadecimal, over the graph's own hash, the machine that the engine is
 * bound to, and every option that decides what is built. Another JetPack is another key, so nothing old is loaded.
 */
export function engineKey(
  graphSha256: string,
  accelerator: Accelerator,
  options: TensorrtOptions,
): string {
  const named = canonicalJson({ schema, graphSha256, accelerator, options });
  return createHash('sha256').update(named).digest('hex');
}
