import { join } from 'node:path';
import { disk } from '../device/files.ts';
import { findBundle } from '../models/bundle.ts';
import { isOutside } from '../models/domain/reference.ts';
import { delong } from '../models/evaluation/delong.ts';
import { phantomFindings, type PhantomFinding } from '../models/phantom/finding.ts';
import { renderPhantom } from '../models/phantom/phantom.ts';
import { storePhantom } from '../models/phantom/stored-phantom.ts';
import { examineUnit, type LoadedBundle, loadForUse } from '../runtime/inference/analysis.ts';
import { examine, type Examination } from '../runtime/inference/examination.ts';
import { prepareInput } from '../runtime/inference/input.ts';
import {
  phantomSource,
  type PhantomSource,
  type PhantomVariant,
  phantomVariants,
  storeVariant,
} from '../tests/inference/phantom-variants.ts';
import { type PathRow, reportDicomPath } from './dicom-path-report.ts';
import { writeReport } from './report.ts';

export const dicomPathUsage = `  --what dicom-path  areas under the curve of the demonstration model for every way of storing a phantom
  --phantoms N    phantoms that the model has not seen (default 300)
  --every N       only every N-th way of storing them (default 1: all)`;

/** Neither training, thresholds nor reference have seen seeds from here on. */
const firstSeed = 3_600_000;
const sides = [160, 192, 256];

/** What is kept of one path: of each phantom the probabilities, and whether the gate stops it. */
interface Seen {
  probabilities: number[][];
  stopped: number;
}

function note(seen: Seen, examination: Examination | undefined): void {
  if (!examination) throw new Error('a phantom could not be read');
  seen.probabilities.push(examination.scores.map(({ probability }) => probability));
  if (examination.domain && isOutside(examination.domain)) seen.stopped += 1;
}

/** The picture as floating-point numbers, quantised to twelve bits and never in a file. */
async function examinePicture(loaded: LoadedBundle, { pixels }: PhantomSource) {
  const image = storePhantom({ pixels });
  const [examination] = await examine(loaded, [prepareInput(loaded.manifest, [image])]);
  return examination;
}

async function examineStored(
  loaded: LoadedBundle,
  source: PhantomSource,
  variant: PhantomVariant,
): Promise<Examination | undefined> {
  const { examinations } = await examineUnit(loaded, [await storeVariant(source, variant)]);
  return examinations[0];
}

const none = (): Seen => ({ probabilities: [], stopped: 0 });

export interface Comparison {
  phantoms: number;
  variants?: readonly PhantomVariant[];
  /** Rows and columns of the phantoms, in turn. */
  sides?: readonly number[];
}

/** Runs the same phantoms through every path. The gate selects nothing here: all scores count. */
export async function comparePaths(
  loaded: LoadedBundle,
  { phantoms, variants = phantomVariants, sides: sizes = sides }: Comparison,
): Promise<PathRow[]> {
  const tensor = none();
  const paths = variants.map((variant) => ({ variant, seen: none() }));
  const labels: Record<PhantomFinding, boolean>[] = [];
  for (let at = 0; at < phantoms; at++) {
    const seed = firstSeed + at;
    const source = phantomSource({
      seed,
      size: sizes[at % sizes.length]!,
      patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
      studyInstanceUid: '2.25.1',
    });
    labels.push(renderPhantom({ seed, size: 1 }).labels);
    note(tensor, await examinePicture(loaded, source));
    for (const { variant, seen } of paths) note(seen, await examineStored(loaded, source, variant));
  }
  const rowOf = (variant: PhantomVariant | undefined, seen: Seen): PathRow => ({
    variant,
    areas: areasOf(labels, seen),
    difference: largestDifference(seen, tensor),
    stopped: seen.stopped,
    of: phantoms,
  });
  return [rowOf(undefined, tensor), ...paths.map(({ variant, seen }) => rowOf(variant, seen))];
}

function areasOf(
  labels: readonly Record<PhantomFinding, boolean>[],
  { probabilities }: Seen,
): number[] {
  return phantomFindings.map((finding, at) => {
    const truth = labels.map((label) => (label[finding] ? 1 : 0));
    return delong(truth, [probabilities.map((each) => each[at] ?? NaN)]).auc[0] ?? NaN;
  });
}

function largestDifference(seen: Seen, tensor: Seen): number {
  const differences = seen.probabilities.flatMap((each, phantom) =>
    each.map((probability, at) => Math.abs(probability - tensor.probabilities[phantom]![at]!)),
  );
  return differences.reduce((most, difference) => Math.max(most, difference), 0);
}

export async function measureDicomPath({
  phantoms = 300,
  every = 1,
  dry,
}: {
  phantoms?: number;
  every?: number;
  dry: boolean;
}): Promise<void> {
  const folder = findBundle(
    join(import.meta.dirname, '..', 'models', 'bundles'),
    'chest-demo',
    disk,
  );
  const loaded = await loadForUse(folder, disk);
  const variants = phantomVariants.filter((_, at) => at % every === 0);
  const rows = await comparePaths(loaded, { phantoms, variants });
  await loaded.ensemble.release();
  writeReport('models dicom-path', reportDicomPath(rows), { folder, dry });
}
