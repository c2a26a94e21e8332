import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { type Bundle, loadBundle, readBundleFile } from '../../models/bundle.ts';
import type { Reference } from '../../models/domain/reference.ts';
import { readReference } from '../../models/domain/reference-file.ts';
import type { SizedGrid } from '../../models/geometry.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/preprocess.ts';
import { type Host, openEnsemble } from './ensemble.ts';
import { conclude, type Examination, examine, type Examiner, unfit } from './examination.ts';
import { mergeFrames } from './frames.ts';
import { centreOf, isAssembled, prepareInput, readEveryFrame, type Received } from './input.ts';
import { checkRuns, runsIn } from './mask.ts';
import { ResultCache } from './result-cache.ts';
import { isBlank } from './score.ts';
import { testItself } from './self-test.ts';

/** A bundle whose networks are open and have passed the self-test. */
export interface LoadedBundle extends Examiner {
  bundle: Bundle;
  cache: ResultCache;
}

/** What the bundle compares images with. An embedding that it does not look at would be a gate left open. */
function readDomain(bundle: Bundle, files: Files): Reference | undefined {
  const { domain, network } = bundle.manifest;
  if (!domain) return undefined;
  const reference = readReference(readBundleFile(bundle, domain.file, files));
  const looksAt = reference.measures.embedding.gaussian.mean.length > 0;
  if (looksAt !== (network.outputs.embedding !== undefined))
    throw new ScansideError(
      'BUNDLE_INVALID',
      'rule domain-embedding: the reference must hold an embedding exactly where the network gives one',
    );
  if ((reference.line === undefined) !== (domain.population === undefined))
    throw new ScansideError(
      'BUNDLE_INVALID',
      'rule domain-population: the manifest must say how many exams lie beyond the line exactly where the reference has one',
    );
  return reference;
}

/**
 * Loads, checks, opens and self-tests a bundle, on a host that others may use too; without one, on the processor.
 * Throws BUNDLE_INVALID or MODEL_FAULT.
 */
export async function loadForUse(folder: string, files: Files, host?: Host): Promise<LoadedBundle> {
  const bundle = loadBundle(folder, files);
  const { manifest } = bundle;
  const reference = readDomain(bundle, files);
  const ensemble = await openEnsemble(bundle, files, host);
  const loaded = { bundle, manifest, reference, ensemble, cache: new ResultCache() };
  await testItself(loaded, files, (images) => analyseUnit(loaded, images));
  return loaded;
}

function modelFault(error: unknown): InstanceResult {
  if (!(error instanceof ScansideError)) throw error;
  return { state: 'not-analysed', reason: 'model-fault', detail: error.message };
}

/** One input's way: a frame of an image, or what several slices were assembled to. */
interface Item {
  key: string;
  values: Float32Array;
  /** Grid of the stored image that the input stands for. */
  source: SizedGrid;
  /** Nothing is to be seen on the stored images. */
  empty: boolean;
}

function makeItem(loaded: LoadedBundle, images: readonly StoredImage[]): Item {
  const values = prepareInput(loaded.manifest, images);
  const { rows, columns, geometry } = centreOf(images)!;
  const source = { rows, columns, spacing: geometry?.spacing };
  const empty = images.every((image) => isBlank(image.values, image.photometric === 'RGB' ? 3 : 1));
  return { key: ResultCache.key(values, loaded.bundle.hash, source), values, source, empty };
}

/** Frames are prepared one by one as they are read: of hundreds of them, all at once would fill the memory. */
async function makeItems(
  loaded: LoadedBundle,
  received: readonly Received[],
): Promise<Item[] | InstanceResult> {
  const assembled = isAssembled(loaded.manifest);
  const [items, images]: [Item[], StoredImage[]] = [[], []];
  for await (const reading of readEveryFrame(received)) {
    if (reading.state !== 'read') return reading;
    if (assembled) images.push(reading.image);
    else items.push(makeItem(loaded, [reading.image]));
  }
  return assembled ? [makeItem(loaded, images)] : items;
}

interface Answer {
  examination: Examination;
  result: InstanceResult;
}

/**
 * Of hundreds of frames, all masks at once as the networks give them would fill the memory: they pass by the batch, and
 * what is kept of them has a limit. Throws MODEL_FAULT.
 */
async function* runItems(loaded: LoadedBundle, items: readonly Item[]): AsyncGenerator<Answer> {
  const { batch } = loaded.manifest.network.input;
  let runs = 0;
  for (let start = 0; start < items.length; start += batch) {
    const some = items.slice(start, start + batch);
    const inputs = some.map(({ values }) => values);
    const examinations = await examine(loaded, inputs);
    for (const [at, examination] of examinations.entries()) {
      const result = conclude(loaded.manifest, examination, some[at]!.source);
      checkRuns((runs += runsIn(result)));
      yield { examination, result };
    }
  }
}

/** Runs what the cache does not know, and keeps the answers. */
async function answerItems(
  loaded: LoadedBundle,
  items: readonly Item[],
): Promise<InstanceResult[]> {
  const known = items.map(
    ({ key, values, empty }) => loaded.cache.find(key) ?? unfit(values, empty),
  );
  const open = items.filter((_, at) => !known[at]);
  const fresh: InstanceResult[] = [];
  for await (const { result } of runItems(loaded, open)) fresh.push(result);
  for (const [at, { key }] of open.entries()) loaded.cache.store(key, fresh[at]!);
  return known.map((result) => result ?? fresh.shift()!);
}

/** The inputs of one unit of work, or why there are none. */
async function prepareUnit(
  loaded: LoadedBundle,
  images: readonly Received[],
): Promise<Item[] | InstanceResult> {
  try {
    return await makeItems(loaded, images);
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}

/** Everything between the bytes of one unit's images and what may be said of it. */
export async function analyseUnit(
  loaded: LoadedBundle,
  images: readonly Received[],
): Promise<InstanceResult> {
  const [result] = await analyseUnits(loaded, [images]);
  return result!;
}

/**
 * The same for several units in one run of the networks. Where that fails, each is run alone, so that one's fault is
 * not another's.
 */
export async function analyseUnits(
  loaded: LoadedBundle,
  units: readonly (readonly Received[])[],
): Promise<InstanceResult[]> {
  const prepared: (Item[] | InstanceResult)[] = [];
  for (const images of units) prepared.push(await prepareUnit(loaded, images));
  const items = prepared.flatMap((unit) => (Array.isArray(unit) ? unit : []));
  try {
    const answers = await answerItems(loaded, items);
    return prepared.map((unit) =>
      Array.isArray(unit) ? mergeFrames(answers.splice(0, unit.length)) : unit,
    );
  } catch (error) {
    if (units.length === 1) return [modelFault(error)];
    const alone: InstanceResult[] = [];
    for (const images of units) alone.push(await analyseUnit(loaded, images));
    return alone;
  }
}

/** What a model says of a unit, before and after it is decided what of it may be said: for whoever measures models. */
export async function examineUnit(
  loaded: LoadedBundle,
  images: readonly Received[],
): Promise<{ examinations: Examination[]; result: InstanceResult }> {
  const prepared = await prepareUnit(loaded, images);
  if (!Array.isArray(prepared)) return { examinations: [], result: prepared };
  const blank = prepared
    .map(({ values, empty }) => unfit(values, empty))
    .find((result) => result !== undefined);
  if (blank) return { examinations: [], result: blank };
  const [examinations, results]: [Examination[], InstanceResult[]] = [[], []];
  for await (const { examination, result } of runItems(loaded, prepared)) {
    // The result has what is to be kept of it.
    examinations.push({ ...examination, mask: undefined });
    results.push(result);
  }
  return { examinations, result: mergeFrames(results) };
}
