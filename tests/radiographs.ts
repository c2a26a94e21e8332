import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { shareOf } from '../cli/image-selection.ts';
import { foldPatients, type SplitItem, splitPatients } from '../models/dataset/split.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { type WrappedImage, wrapJpeg } from '../runtime/dicom/image-writer.ts';

export type Population = 'children' | 'adults';

export interface Radiograph extends SplitItem {
  path: string;
}

/** As the chest models were trained: `models/training/chest/README.md`. */
const seed = 'chest-1';

function children(data: string): Radiograph[] {
  return ['NORMAL', 'PNEUMONIA'].flatMap((name, label) => {
    const folder = join(data, 'cxr-kermany', 'images', name);
    return readdirSync(folder)
      .sort()
      .map((file) => {
        const [patient = file] = /^(?:NORMAL2-IM|IM)-\d+|^person\d+/.exec(file) ?? [];
        return { path: join(folder, file), patient, label };
      });
  });
}

function adults(data: string): Radiograph[] {
  const folder = join(data, 'cxr-nih');
  const [, ...lines] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [file = '', patient = '', findings = ''] = line.split(',');
    const label = Number(findings.includes('Pneumonia'));
    return { path: join(folder, 'images', file), patient, label };
  });
}

const sources = { children, adults };
const trained: Record<Population, number> = { children: 83, adults: 80 };

function partOf(shared: string, population: Population, part: 'train' | 'validation') {
  const all = sources[population](join(shared, 'data'));
  const train = trained[population];
  const parts = splitPatients(all, seed, { train, validation: 100 - train, test: 0 });
  return all.filter(({ patient }) => parts.get(patient) === part);
}

/** Radiographs of the patients that trained nothing. */
export function heldOut(shared: string, population: Population): Radiograph[] {
  return partOf(shared, population, 'validation');
}

/** Those by which the limits of a gate were set; none of their patients is in the reference of its drift. */
export function calibrationOf(shared: string, population: Population): Radiograph[] {
  if (population === 'children')
    return heldOut(shared, population).filter(({ patient }) => shareOf(patient, 2) === 0);
  // Training patients whose images moved no weight of the first network, the one whose embedding counts.
  const train = partOf(shared, population, 'train');
  const folds = foldPatients(train, seed, 5);
  return train.filter(({ patient }) => folds.get(patient) === 0);
}

/** `count` of some radiographs, in an order drawn at random. */
export function draw(all: readonly Radiograph[], count: number, stream: string): Radiograph[] {
  const random = seededRandom(77, stream);
  return all
    .map((each) => ({ each, lot: random.uniform(0, 1) }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, count)
    .map(({ each }) => each);
}

/** The radiograph as DICOM, a study of its own, without a word on age, sex or view. */
export function asDicom({ path }: Radiograph): WrappedImage {
  // The patient's name in the data set tells the source; each picture is an exam of somebody else here.
  return wrapJpeg(readFileSync(path), { source: 'test', patient: basename(path).slice(0, 60) });
}
