import { makeHeadSeries } from '../../demo/head-study.ts';
import { disk } from '../../device/files.ts';
import { findBundle, loadBundle } from '../../models/bundle.ts';
import { join } from 'node:path';
import { makeBundle } from './made-bundle.ts';

const shipped = join(import.meta.dirname, '..', '..', 'models', 'bundles');
const [rows, columns] = [64, 64];

/**
 * A bundle for heads that flags every slice, masks what is bright in the window of the shipped model, and may say so.
 * The folder is that of the models, the name that of the bundle.
 */
export async function makeMarkingBundle(folder: string): Promise<{ folder: string; name: string }> {
  const { manifest } = loadBundle(findBundle(shipped, 'ct-head-demo', disk), disk);
  const [finding] = manifest.findings;
  const { conformal: _, ...plain } = finding!;
  const series = makeHeadSeries({
    seed: 1,
    size: 128,
    slices: 3,
    patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
    studyInstanceUid: '2.25.1',
  });
  await makeBundle(folder, {
    input: { name: 'image', kind: 'slice', rows, columns, slices: 1, batch: 4 },
    preprocess: manifest.preprocess.map((step) =>
      step.step === 'resize' ? { ...step, rows, columns } : step,
    ),
    kernels: [{ size: [1, 1], weights: [50], bias: -1, mask: { field: 1, level: 0.8, gain: 40 } }],
    golden: [...series].slice(1, 2),
    maskThreshold: 0.5,
    change: {
      identity: { ...manifest.identity, name: 'ct-head-marks' },
      presentation: 'concurrent-aid',
      show: { flag: true, localisation: true, qualityHint: false },
      applies: manifest.applies,
      aggregation: manifest.aggregation,
      findings: [{ ...plain, temperature: 1, threshold: 0.5 }],
    },
  });
  return { folder: join(folder, 'bundles'), name: 'ct-head-marks' };
}
