import { type Clock, sleep } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Heatmap } from '../models/explanation/heatmap-picture.ts';
import type { InstanceResult } from '../models/outcome.ts';
import { tags } from './dicom/tag.ts';
import { firstInteger } from './dicom/value.ts';
import type { DataSet } from './dicom/data-set.ts';
import type { Drawn } from './inference/drawing/drawing.ts';
import type { Companion, ReportInput } from './pipeline-ports.ts';
import { buildHeatmap, heatmapOf, type HeatmapSubject, selectHeatmaps } from './report/heatmap.ts';
import { type KeyImage, keyImages } from './report/key-image.ts';
import { buildKeyObjects } from './report/key-object.ts';
import type { MaskedImage } from './report/marked-series.ts';
import { buildMeasurements, type Shape } from './report/measurements.ts';
import { buildParametricMaps } from './report/parametric-map.ts';
import { buildPresentationState } from './report/presentation-state.ts';
import type { ReportObject, ReportRequest } from './report/request.ts';
import {
  type BrokenRule,
  checkHeatmap,
  checkKeyObjects,
  checkMeasurements,
  checkParametricMap,
  checkPresentationState,
  checkSegmentation,
} from './report/rules.ts';
import { buildSegmentations } from './report/segmentation.ts';
import type { Instance } from './spool/instance.ts';
import { headerOf, type StudyReportOptions } from './study-report.ts';

/** What may stand beside a report. */
export type CompanionKind = Companion['kind'];

/** An object, and the rules that it breaks. */
export interface Checked {
  object: ReportObject;
  broken: BrokenRule[];
}

/** What the objects of one result are made of. */
export interface Making {
  request: ReportRequest;
  input: ReportInput;
  /** How measurements say where: by segments only where whoever gets them gets the Segmentation too. */
  shape: Shape;
  device: Pick<StudyReportOptions, 'files' | 'keys'>;
  clock: Clock;
  /** What the model said of each image, by SOP Instance UID. */
  answers: ReadonlyMap<string, InstanceResult>;
  /** Decodes an image elsewhere, and draws heatmaps over it. */
  draw(instance: Instance, frame: number | undefined, heatmaps: Heatmap[]): Promise<Drawn>;
  /** Told what of a kind could not be made. */
  failed(error: unknown): void;
}

type Made = Iterable<Checked> | AsyncIterable<Checked>;

/** How the objects of each kind are made, the most urgent kind first. */
export const makers: readonly { kind: CompanionKind; make(making: Making): Made }[] = [
  { kind: 'key-objects', make: makeKeyObjects },
  { kind: 'measurements', make: makeMeasurements },
  { kind: 'segmentation', make: makeSegmentations },
  { kind: 'presentation-state', make: makePresentationStates },
  { kind: 'heatmap', make: makeHeatmaps },
  { kind: 'parametric-map', make: makeParametricMaps },
];

function makeKeyObjects({ request }: Making): Checked[] {
  const object = buildKeyObjects(request);
  return object ? [{ object, broken: checkKeyObjects(object.dataSet, request) }] : [];
}

async function* makeMeasurements(making: Making): AsyncIterable<Checked> {
  const { request, shape } = making;
  const images = await readMaskedImages(making);
  const object = buildMeasurements(request, images, shape);
  if (object)
    yield { object, broken: checkMeasurements(object.dataSet, request, { images, shape }) };
}

async function* makeSegmentations(making: Making): AsyncIterable<Checked> {
  const { request } = making;
  const images = await readMaskedImages(making);
  for (const { marked: _, ...object } of buildSegmentations(request, images))
    yield { object, broken: checkSegmentation(object.dataSet, request, images) };
}

/** One image after the other: what cannot be read of one does not keep back the others. */
async function* makePresentationStates(making: Making): AsyncIterable<Checked> {
  const { request } = making;
  yield* eachImage(making, keyImages(request), async (key) => {
    const image = { ...(await describeImage(making, key)), frame: key.frame };
    const marks = { masks: masksOf(making, key.sopInstanceUid), maps: mapsOn(making, key) };
    const object = buildPresentationState(request, image, marks);
    return object ? [{ object, broken: checkPresentationState(object.dataSet, request) }] : [];
  });
}

async function* makeParametricMaps(making: Making): AsyncIterable<Checked> {
  const { request } = making;
  const keys = keyImages(request).filter((key) => mapsOn(making, key).length > 0);
  yield* eachImage(making, keys, async (key) => {
    const image = { ...(await describeImage(making, key)), frame: key.frame };
    return buildParametricMaps(request, image, mapsOn(making, key)).map((object) => ({
      object,
      broken: checkParametricMap(object.dataSet, request),
    }));
  });
}

async function* makeHeatmaps(making: Making): AsyncIterable<Checked> {
  const subjects = selectHeatmaps(making.request, (uid) => mapsOf(making, uid));
  const images = Map.groupBy(
    subjects,
    ({ instance, frame }) => `${instance.sopInstanceUid} ${frame}`,
  );
  yield* eachImage(making, [...images.values()], (own) => drawHeatmaps(making, own));
}

async function drawHeatmaps(
  making: Making,
  subjects: readonly HeatmapSubject[],
): Promise<Checked[]> {
  const { request } = making;
  const { instance, frame } = subjects[0]!;
  const stored = storedOf(making, instance.sopInstanceUid);
  const header = readImageHeader(making, stored);
  const { pictures } = await making.draw(stored, frame, subjects.map(heatmapOf));
  return subjects.map((subject, at) => {
    const object = buildHeatmap(request, { header, frame }, subject, pictures[at]!);
    return { object, broken: checkHeatmap(object.dataSet, request) };
  });
}

async function* eachImage<T>(
  { failed }: Making,
  images: readonly T[],
  make: (image: T) => Promise<Checked[]>,
): AsyncIterable<Checked> {
  for (const image of images)
    try {
      yield* await make(image);
    } catch (error) {
      if (isStop(error)) throw error;
      failed(error);
    }
}

/** The device is being stopped: what is not made now is made after the next start. */
export function isStop(error: unknown): boolean {
  return error instanceof ScansideError && error.code === 'ENGINE_FAILED';
}

async function describeImage(making: Making, { sopInstanceUid, frame }: KeyImage) {
  const stored = storedOf(making, sopInstanceUid);
  const header = readImageHeader(making, stored);
  return { header, pixels: (await making.draw(stored, frame, [])).image };
}

function storedOf({ input }: Making, sopInstanceUid: string): Instance {
  return input.instances.find((each) => each.sopInstanceUid === sopInstanceUid)!;
}

/** Functional groups (PS3.3 C.7.6.16) stand far behind all else. */
const functionalGroups = 0x5200;

function readImageHeader({ device }: Making, instance: Instance): DataSet {
  const header = headerOf(instance, device);
  const isMultiFrame = (firstInteger(header, tags.NumberOfFrames) ?? 1) > 1;
  return isMultiFrame ? headerOf(instance, device, functionalGroups) : header;
}

/** Every image of the series in which something is marked. Hundreds of them must not hold up everything else. */
async function readMaskedImages(making: Making): Promise<MaskedImage[]> {
  const images: MaskedImage[] = [];
  for (const instance of inMarkedSeries(making)) {
    const masks = masksOf(making, instance.sopInstanceUid);
    images.push({ header: readImageHeader(making, instance), masks });
    await sleep(making.clock, 0);
  }
  return images;
}

function inMarkedSeries(making: Making): Instance[] {
  const { request, input } = making;
  if (request.conclusion.state !== 'flagged' || !request.manifest?.show.localisation) return [];
  const isMarked = ({ sopInstanceUid }: Instance) => masksOf(making, sopInstanceUid).length > 0;
  const series = new Set(input.instances.filter(isMarked).map(({ seriesUid }) => seriesUid));
  return input.instances.filter(({ seriesUid }) => series.has(seriesUid));
}

function masksOf({ answers }: Making, sopInstanceUid: string) {
  const answer = answers.get(sopInstanceUid);
  return answer?.state === 'analysed' ? (answer.masks ?? []) : [];
}

function mapsOf({ answers }: Making, sopInstanceUid: string) {
  const answer = answers.get(sopInstanceUid);
  return answer?.state === 'analysed' ? answer.maps : [];
}

function mapsOn(making: Making, { sopInstanceUid, frame }: KeyImage) {
  return mapsOf(making, sopInstanceUid).filter(
    (map) => map.frame === undefined || map.frame === frame,
  );
}
