import { join, resolve } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { type Bundle, loadEnabled } from '../models/bundle.ts';
import { goldenFile, goldenSchema } from '../models/golden.ts';
import type { ModelTiming, ModelUnderTest } from '../provisioning/checks/model-check.ts';
import type { Configuration } from '../runtime/config.ts';
import { examineUnit, loadForUse } from '../runtime/inference/analysis.ts';
import { programFolder } from '../runtime/service.ts';
import { readReceived } from './dicom-folder.ts';

/** So many that the 95th percentile is one of them and not the slowest. */
const runs = 20;

/** The models that the configuration enables. Throws BUNDLE_INVALID. */
export function modelsUnderTest(
  { models: { folder, enabled } }: Configuration,
  files: Files,
  clock: Clock,
): ModelUnderTest[] {
  return loadEnabled(resolve(programFolder, folder), enabled, files).map((bundle) => ({
    name: bundle.manifest.identity.name,
    version: bundle.manifest.identity.version,
    test: () => timeBundle(bundle, files, clock),
  }));
}

/** Loading holds the bundle against its reference cases; the first of them is then timed, from its bytes to its result. */
async function timeBundle({ folder }: Bundle, files: Files, clock: Clock): Promise<ModelTiming> {
  const loaded = await loadForUse(folder, files);
  try {
    const golden = goldenSchema.parse(JSON.parse(files.readText(join(folder, goldenFile))));
    const names = golden.cases[0]?.files ?? [];
    const images = names.map((name) => readReceived(files, join(folder, name)));
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const begun = clock.monotonic();
      await examineUnit(loaded, images);
      times.push(clock.monotonic() - begun);
    }
    times.sort((one, other) => one - other);
    const at = (share: number) => Math.round(times[Math.ceil(share * runs) - 1] ?? 0);
    return { runs, p50Ms: at(0.5), p95Ms: at(0.95) };
  } finally {
    await loaded.ensemble.release();
  }
}
