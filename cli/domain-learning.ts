import type { Files } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import { extractFeatures, type Features, type ValueRange } from '../models/domain/features.ts';
import { fitReference, isOutside, type Reference } from '../models/domain/reference.ts';
import type { Manifest } from '../models/manifest.ts';
import { type DriftReference, makeDriftReference } from '../quality/drift-reference.ts';
import type { CountedExam } from '../quality/exam-block.ts';
import { populationSignal } from '../quality/signal.ts';
import { examine, type Examination, type Examiner } from '../runtime/inference/examination.ts';
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
  /** Share of images that lie beyond the line by which another population is told. */
  beyond: number;
}

interface Seen {
  values: Float32Array;
  examination: Examination;
}

/** What was learnt of a domain, and what images that had no part in it say of that. */
export interface LearntDomain {
  reference: Reference;
  domain: Pick<NonNullable<Manifest['domain']>, 'falseStops' | 'population'>;
  /** Where every image is an exam of its own. */
  drift: DriftReference | undefined;
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
    for (const [at, examination] of examinations.entries())
      seen.push({ values: inputs[at]!, examination });
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

/** Whether an image is a whole exam: a line and a reference count exams, and a series is many images of one. */
function isExam({ network, domain }: Manifest): boolean {
  return network.input.kind === 'image' && domain?.tolerated === 0;
}

const isStopped = ({ examination: { domain } }: Seen) => domain !== undefined && isOutside(domain);

const isBeyond = ({ examination: { signals } }: Seen) => Number(signals?.[populationSignal]) > 1;

/** What an image of the intended kind adds to the reference of drift, as the device will count its like. */
function countedExam({ findings }: Manifest, { examination }: Seen): CountedExam {
  const { scores, signals = {} } = examination;
  const own = scores.map(({ finding, probability }) => [`score.${finding}`, probability]);
  const threshold = (id: string) => findings.find((each) => each.id === id)?.threshold ?? 1;
  return {
    flagged: scores.some(({ finding, probability }) => probability >= threshold(finding)),
    observation: { ...signals, ...Object.fromEntries(own) },
  };
}

/** Learns from images where the domain of a model ends, and counts on others how many of the intended kind it stops. */
export async function learnDomain(
  files: Files,
  examiner: Examiner,
  { reference, calibration, measure, falseStops, beyond }: DomainImages,
): Promise<LearntDomain> {
  const { manifest } = examiner;
  const { rows, columns } = manifest.network.input;
  const fitted = await see(files, examiner, reference);
  const range = rangeOf(fitted);
  const features = (all: Seen[]): Features[] =>
    all.map(({ values, examination: { embedding } }) =>
      extractFeatures({ rows, columns, values, embedding }, range),
    );
  const learnt = fitReference(
    features(fitted),
    features(await see(files, examiner, calibration)),
    range,
    { falseStops, beyond: isExam(manifest) ? beyond : undefined },
  );
  const measured = await see(files, { ...examiner, reference: learnt }, measure);
  const strange = measured.filter((seen) => isStopped(seen) || isBeyond(seen));
  const of = measured.length;
  return {
    reference: learnt,
    domain: {
      falseStops: { count: measured.filter(isStopped).length, of },
      ...(learnt.line !== undefined && { population: { count: strange.length, of } }),
    },
    drift: isExam(manifest) ? makeReferenceOf(manifest, measured) : undefined,
  };
}

function makeReferenceOf(manifest: Manifest, measured: readonly Seen[]): DriftReference {
  // An exam that the gate stops has no answer that could be counted.
  const exams = measured.filter((seen) => !isStopped(seen));
  return makeDriftReference(
    manifest.findings.map(({ id }) => id),
    exams.map((seen) => countedExam(manifest, seen)),
    `${exams.length} images of patients that neither the networks nor the gate have seen: ${manifest.evidence.statement}`,
  );
}
