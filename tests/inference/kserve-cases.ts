import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../models/phantom/random.ts';
import { type KserveSettings, kserveDefaults } from '../../runtime/inference/kserve/settings.ts';
import type {
  Session,
  SessionSettings,
  Tensor,
} from '../../runtime/inference/session/session-port.ts';

const bundle = join(import.meta.dirname, '..', '..', 'models', 'bundles', 'chest-child', '1.0.0');

/** A graph of a bundle that comes with the program. */
export function readGraph(file: string): Uint8Array {
  return readFileSync(join(bundle, file));
}

export const bundleFolder = bundle;

/** Session settings of a network on the processor. */
export function named(name: string): SessionSettings {
  return { name, provider: { name: 'cpu' }, threads: 1 };
}

/** Defaults for a server at `url`, with what a test changes. */
export function settingsFor(url: string, more: Partial<KserveSettings> = {}): KserveSettings {
  return { ...kserveDefaults, timeoutMs: 20_000, url, ...more };
}

/** As many different images of noise as `batch` says, as the network of chest-child takes them. */
export function noise(batch: number, seed = 5): { image: Tensor } {
  const random = seededRandom(seed, 'kserve');
  const values = Float32Array.from({ length: batch * 224 * 224 }, () => random.uniform(-2, 2));
  return { image: { dims: [batch, 1, 224, 224], values } };
}

export const outputs = ['logits', 'cam', 'embedding'];

/** The largest difference between what two sessions answer to the same images. */
export async function largestDifference(a: Session, b: Session, batch: number): Promise<number> {
  const [ours, theirs] = [await a.run(noise(batch), outputs), await b.run(noise(batch), outputs)];
  const differences = outputs.flatMap((name) => {
    const [left, right] = [ours[name]!, theirs[name]!];
    if (left.dims.join() !== right.dims.join()) return [Number.NaN];
    return Array.from(left.values, (value, at) => Math.abs(value - right.values[at]!));
  });
  return differences.reduce((most, difference) => Math.max(most, difference), 0);
}
