import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openDataset } from '../../cli/dataset-folder.ts';
import { disk } from '../../device/files.ts';
import { foldPatients } from '../../models/dataset/split.ts';
import type { Population } from './chest-manifest.ts';

/** From which images the domain of a chest model is learnt, as `scanside model pack` takes them. */
export interface DomainSelections {
  reference: string;
  calibration: string;
  measure: string;
}

/** As the members were trained: `models/training/chest/README.md`. */
const [seed, folds] = ['chest-1', 5];

/**
 * The validation part of the adults is too small to be divided. Their limits are set on the inner fold of the training
 * part whose images moved no weight of the first member, the one whose embedding counts, and measured on validation.
 */
function divideTraining(dataset: string, work: string): DomainSelections {
  const items = openDataset(disk, dataset).items.filter(({ part }) => part === 'train');
  const labelled = items.map(({ patient, labels }) => ({
    patient,
    label: Number(labels['pneumonia']),
  }));
  const foldOf = foldPatients(labelled, seed, folds);
  const [reference, calibration] = [join(work, 'reference'), join(work, 'calibration')];
  for (const folder of [reference, calibration]) mkdirSync(folder, { recursive: true });
  for (const { file, patient } of items)
    copyFileSync(
      join(dataset, file),
      join(foldOf.get(patient) === 0 ? calibration : reference, basename(file)),
    );
  return { reference, calibration, measure: `${dataset}@validation` };
}

/** `work` receives copies of images. */
export function domainImages(
  population: Population,
  dataset: string,
  work: string,
): DomainSelections {
  if (population === 'adult') return divideTraining(dataset, work);
  return {
    reference: `${dataset}@train`,
    calibration: `${dataset}@validation:1/2`,
    measure: `${dataset}@validation:2/2`,
  };
}
