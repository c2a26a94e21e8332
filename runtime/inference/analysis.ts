import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type Bundle, loadBundle, readBundleFile } from '../../models/bundle.ts';
import { type Golden, goldenFile, goldenSchema } from '../../models/golden.ts';
import type { FindingScore, InstanceResult } from '../../models/outcome.ts';
import { renderPhantom } from '../../models/phantom/phantom.ts';
import { storePhantom } from '../../models/phantom/stored-phantom.ts';
import { preprocess, type StoredImage } from '../../models/preprocess.ts';
import { type Model, openModel } from './onnx-session.ts';
import { type ImageReading, openPixels } from './pixels.ts';
import { allFinite, isBlank, mapFindings, scoreFindings } from './score.ts';

/** A bundle whose model is open and has passed its self-test. */
export interface LoadedBundle {
  bundle: Bundle;
  model: Model;
}

async function analyseImage(
  { bundle: { manifest }, model }: LoadedBundle,
  image: StoredImage,
): Promise<InstanceResult> {
  const { values } = preprocess(image, manifest.preprocess);
  if (isBlank(values) || !allFinite(values))
    return { state: 'not-analysed', reason: 'quality', detail: 'the image has no contrast' };
  const { logits, cam } = await model.run(values);
  return {
    state: 'analysed',
    scores: scoreFindings(manifest, logits),
    maps: mapFindings(manifest, cam),
  };
}

function readGolden(bundle: Bundle, files: Files): Golden {
  const bytes = readBundleFile(bundle, goldenFile, files);
  try {
    return goldenSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new ScansideError('BUNDLE_INVALID', `${goldenFile} does not follow its schema`, {
      cause,
    });
  }
}

/** Infinite where the image was not analysed, NaN where the golden case leaves a finding out. */
function largestDifference(scores: FindingScore[], expected: Record<string, number>): number {
  if (scores.length === 0) return Infinity;
  const differences = scores.map(({ finding, probability }) =>
    Math.abs(probability - (expected[finding] ?? Number.NaN)),
  );
  return Math.max(...differences);
}

/** Repeats the bundle's golden cases on this machine. Throws MODEL_FAULT where an answer is not the expected one. */
async function testItself(loaded: LoadedBundle, golden: Golden): Promise<void> {
  for (const { phantom, probabilities } of golden.cases) {
    const result = await analyseImage(loaded, storePhantom(renderPhantom(phantom)));
    const scores = result.state === 'analysed' ? result.scores : [];
    const difference = largestDifference(scores, probabilities);
    if (!(difference <= golden.tolerance))
      throw new ScansideError(
        'MODEL_FAULT',
        `self-test: the golden case of seed ${phantom.seed} differs by ${difference}`,
      );
  }
}

/** Loads, checks, opens and self-tests a bundle. Throws BUNDLE_INVALID or MODEL_FAULT. */
export async function loadForUse(folder: string, files: Files): Promise<LoadedBundle> {
  const bundle = loadBundle(folder, files);
  const bytes = readBundleFile(bundle, bundle.manifest.model.file, files);
  const loaded = { bundle, model: await openModel(bytes, bundle.manifest.model) };
  await testItself(loaded, readGolden(bundle, files));
  return loaded;
}

/** Bytes of a decoded frame: 64 million pixels, more than any detector has. */
const memoryCap = 256 << 20;

async function readOnlyFrame(bytes: Uint8Array, transferSyntaxUid: string): Promise<ImageReading> {
  const pixels = await openPixels(bytes, transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') return pixels;
  if (pixels.frames === 1) return pixels.read(0);
  const detail = `the object has more than one frame: ${pixels.frames}`;
  return { state: 'not-analysed', reason: 'unreadable', detail };
}

/** Everything between an instance's bytes and its scores. `bytes` is the data set alone, without file meta. */
export async function analyseInstance(
  loaded: LoadedBundle,
  bytes: Uint8Array,
  transferSyntaxUid: string,
): Promise<InstanceResult> {
  const reading = await readOnlyFrame(bytes, transferSyntaxUid);
  if (reading.state !== 'read') return reading;
  try {
    return await analyseImage(loaded, reading.image);
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    const reason = error.code === 'DATA_SET_UNREADABLE' ? 'unreadable' : 'model-fault';
    return { state: 'not-analysed', reason, detail: error.message };
  }
}
