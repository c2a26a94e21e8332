import fs from 'node:fs';
import { join } from 'node:path';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { chestDemo } from '../models/training/chest-demo.ts';
import type { ShadowExam } from '../quality/shadow-exam.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import { shippedFolder } from './inference/bundle-copy.ts';
import { makeBundle } from './inference/made-bundle.ts';

/** What the candidate calls its finding, and nothing else does. */
export const canaryLabel = 'CANARYOMA';
/** Its score, whatever the image: sigmoid of 1.2345, which no other model says. */
export const canaryScore = '0.774';

const side = 96;

/** A phantom of a patient of its own. */
export function phantomStudy(seed: number) {
  return [
    makePhantomInstance({
      seed,
      size: 256,
      patient: { name: 'DEMO^TEST', id: `DEMO-${seed}` },
      studyInstanceUid: `2.25.${seed}`,
      instanceNumber: 1,
    }),
  ];
}

/**
 * A folder of models with the one of phantoms and, as its version 1.0.1, a candidate that flags every image, always with
 * the same score, under a name of its own. Returns the folder of the models.
 */
export async function makeFlaggingCandidate(folder: string): Promise<string> {
  const [finding] = chestDemo.findings;
  await makeBundle(folder, {
    input: { ...chestDemo.network.input, rows: side, columns: side },
    preprocess: chestDemo.preprocess,
    kernels: [{ size: [1, 1], weights: [0], bias: 1.2345 }],
    golden: phantomStudy(1),
    change: {
      identity: { ...chestDemo.identity, version: '1.0.1' },
      findings: [
        {
          ...finding!,
          label: canaryLabel,
          finding: { value: '9944', scheme: '99CANARY', meaning: canaryLabel },
        },
      ],
    },
  });
  const models = join(folder, 'bundles');
  fs.cpSync(shippedFolder, join(models, 'chest-demo', '1.0.0'), { recursive: true });
  return models;
}

/** The pairs that an appliance has kept, whether it runs or not. */
export function readPairs(dataFolder: string, model = 'chest-demo'): ShadowExam[] {
  if (!fs.existsSync(join(dataFolder, 'quality.db'))) return [];
  const store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  try {
    return store.shadow.exams(model);
  } finally {
    store.database.close();
  }
}
