import { createHash } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type Bundle, readBundleFile } from '../../models/bundle.ts';
import { type Golden, goldenFile, goldenSchema } from '../../models/golden.ts';
import type { Manifest, PreprocessStep } from '../../models/manifest.ts';
import type { FindingScore, InstanceResult } from '../../models/outcome.ts';
import { preprocessSteps, type StoredImage } from '../../models/preprocess.ts';
import { readPart10 } from '../dicom/part10.ts';
import { type Received, readImages } from './input.ts';

type Case = Golden['cases'][number];

interface Tested {
  bundle: Bundle;
  manifest: Manifest;
}

function readGolden(bundle: Bundle, files: Files): Golden {
  const bytes = readBundleFile(bundle, goldenFile, files);
  try {
    return goldenSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new ScansideError('BUNDLE_INVALID', `rule golden-schema: ${goldenFile}`, { cause });
  }
}

function readCase({ bundle }: Tested, { files: names }: Case, files: Files): Received[] {
  return names.map((name) => {
    const bytes = Buffer.from(readBundleFile(bundle, name, files));
    try {
      const { dataSet, transferSyntaxUid } = readPart10(bytes);
      return { bytes: dataSet, transferSyntaxUid };
    } catch (cause) {
      throw fault('golden-image', name, 'it is no DICOM file', cause);
    }
  });
}

/** SHA-256 over the float32 values after each step, so that a step that has changed is named. */
export function hashSteps(image: StoredImage, steps: readonly PreprocessStep[]): string[] {
  return [...preprocessSteps(image, steps)].map((done) => {
    const { buffer, byteOffset, byteLength } = done.image.values;
    return createHash('sha256')
      .update(Buffer.from(buffer, byteOffset, byteLength))
      .digest('hex');
  });
}

type GoldenRule = 'golden-image' | 'golden-steps' | 'golden-result' | 'golden-answer';

function fault(
  rule: GoldenRule,
  name: string | undefined,
  what: string,
  cause?: unknown,
): ScansideError {
  const detail = `rule ${rule}: self-test of ${name}: ${what}`;
  return new ScansideError('MODEL_FAULT', detail, { cause });
}

function describeChange(step: PreprocessStep | undefined): string {
  return step ? `the preprocessing step ${step.step} differs` : 'there are more or fewer steps';
}

async function testSteps({ manifest }: Tested, received: Received[], { files, steps }: Case) {
  const read = await readImages(manifest, received.slice(0, 1));
  const [image] = read.state === 'read' ? (read.groups[0] ?? []) : [];
  if (!image) throw fault('golden-image', files[0], 'the image cannot be read');
  const hashes = hashSteps(image, manifest.preprocess);
  const changed = hashes.findIndex((hash, at) => hash !== steps[at]);
  if (changed >= 0 || hashes.length !== steps.length)
    throw fault('golden-steps', files[0], describeChange(manifest.preprocess[changed]));
}

/** The highest probability of each finding. Infinity or NaN where there is none to compare. */
function largestDifference(scores: FindingScore[], expected: Record<string, number>): number {
  const ids = Object.keys(expected);
  const found = (id: string) =>
    Math.max(
      ...scores.filter(({ finding }) => finding === id).map(({ probability }) => probability),
    );
  if (scores.some(({ finding }) => !ids.includes(finding))) return Number.NaN;
  return Math.max(...ids.map((id) => Math.abs(found(id) - expected[id]!)));
}

function compare(result: InstanceResult, { tolerance }: Golden, { files, probabilities }: Case) {
  if (result.state !== 'analysed')
    throw fault('golden-result', files[0], `${result.reason}, ${result.detail}`);
  const difference = largestDifference(result.scores, probabilities);
  if (!(difference <= tolerance))
    throw fault('golden-answer', files[0], `a probability differs by ${difference}`);
}

/** Repeats the bundle's golden cases on this machine. Throws MODEL_FAULT where an answer is not the expected one. */
export async function testItself(
  tested: Tested,
  files: Files,
  analyse: (images: Received[]) => Promise<InstanceResult>,
): Promise<void> {
  const golden = readGolden(tested.bundle, files);
  for (const each of golden.cases) {
    const received = readCase(tested, each, files);
    await testSteps(tested, received, each);
    compare(await analyse(received), golden, each);
  }
}
