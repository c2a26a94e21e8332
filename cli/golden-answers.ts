import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Golden } from '../models/golden.ts';
import type { FindingScore } from '../models/outcome.ts';
import { openEnsemble } from '../runtime/inference/ensemble.ts';
import { examine } from '../runtime/inference/examination.ts';
import { prepareInput, readImages } from '../runtime/inference/input.ts';
import { hashSteps } from '../runtime/inference/self-test.ts';
import { readReceived } from './dicom-folder.ts';
import type { GoldenDraft } from './model-pack.ts';

const decimals = 1e6;

/** The highest probability of each finding. */
function strongest(scores: FindingScore[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { finding, probability } of scores)
    found[finding] = Math.max(found[finding] ?? 0, Math.round(probability * decimals) / decimals);
  return found;
}

/** What the full-precision graphs answer: the self-test then also holds the quantised ones against them. */
function atFullPrecision({ manifest, ...bundle }: Bundle): Bundle {
  const runs = { ...manifest.network.runs, cpu: 'fp32' } as const;
  return { ...bundle, manifest: { ...manifest, network: { ...manifest.network, runs } } };
}

/** Adds to each golden case the hashes of its steps, and its probabilities where they are not given. */
export async function completeGolden(
  files: Files,
  bundle: Bundle,
  { tolerance, cases }: GoldenDraft,
): Promise<Golden> {
  const { manifest, folder } = bundle;
  const ensemble = await openEnsemble(atFullPrecision(bundle), files);
  const complete: Golden['cases'] = [];
  for (const { files: names, probabilities } of cases) {
    const read = await readImages(
      manifest,
      names.map((name) => readReceived(files, join(folder, name))),
    );
    if (read.state !== 'read')
      throw new ScansideError(
        'BUNDLE_INVALID',
        `rule golden-case: ${names.join()}: ${read.detail}`,
      );
    const inputs = read.groups.map((images) => prepareInput(manifest, images));
    const examinations = await examine({ manifest, ensemble, reference: undefined }, inputs);
    const answered = strongest(examinations.flatMap(({ scores }) => scores));
    const steps = hashSteps(read.groups[0]![0]!, manifest.preprocess);
    complete.push({ files: names, probabilities: probabilities ?? answered, steps });
  }
  await ensemble.release();
  return { tolerance, cases: complete };
}
