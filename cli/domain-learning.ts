import type { Files } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import { extractFeatures, type Features, type ValueRange } from '../models/domain/features.ts';
import {
  domainScores,
  fitReference,
  isOutside,
  type Reference,
} from '../models/domain/reference.ts';
import { examine, type Examiner } from '../runtime/inference/examination.ts';
import { prepareInput, readImages } from '../runtime/inference/input.ts';
import { readReceived } from './dicom-folder.ts';
import { selectFiles } from './image-selection.ts';

/** Selections of DICOM images of the intended kind, none of them in two. */
export interface DomainImages {
  reference: string;
  calibration: string;
  measure: string;
  /** Share of the calibration's images that may be outside. */
  falseStops: number;
}

interface Seen {
  values: Float32Array;
  embedding: Float32Array | undefined;
}

/** Fewer say nothing of a distribution of 144 dimensions. */
const fewest = 100;

async function see(files: Files, examiner: Examiner, selection: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const path of selectFiles(files, selection)) {
    const read = await readImages(examiner.manifest, [readReceived(files, path)]);
    if (read.state !== 'read')
      throw new ScansideError('DATA_SET_UNREADABLE', `${path}: ${read.detail}`);
    const inputs = read.groups.map((images) => prepareInput(examiner.manifest, images));
    const examinations = await examine(examiner, inputs);
    for (const [at, { embedding }] of examinations.entries())
      seen.push({ values: inputs[at]!, embedding });
  }
  if (seen.length < fewest)
    throw new ScansideError(
      'DATASET_INVALID',
      `${selection} has ${seen.length} images, fewer than ${fewest}`,
    );
  return seen;
}

/** The extremes of all values, without a spread call that many images would overflow. */
function rangeOf(seen: readonly Seen[]): ValueRange {
  const range = { low: Infinity, high: -Infinity };
  for (const { values } of seen)
    for (const value of values) {
      if (value < range.low) range.low = value;
      if (value > range.high) range.high = value;
    }
  return range;
}

/** Learns from images where the domain of a model ends, and counts how many of the intended kind it stops. */
export async function learnDomain(
  files: Files,
  examiner: Examiner,
  { reference, calibration, measure, falseStops }: DomainImages,
): Promise<{ reference: Reference; falseStops: { count: number; of: number } }> {
  const { rows, columns } = examiner.manifest.network.input;
  const fitted = await see(files, examiner, reference);
  const range = rangeOf(fitted);
  const features = (all: Seen[]): Features[] =>
    all.map((each) => extractFeatures({ rows, columns, ...each }, range));
  const learnt = fitReference(
    features(fitted),
    features(await see(files, examiner, calibration)),
    range,
    falseStops,
  );
  const measured = features(await see(files, examiner, measure));
  const stopped = measured.filter((each) => isOutside(domainScores(learnt, each)));
  return { reference: learnt, falseStops: { count: stopped.length, of: measured.length } };
}
