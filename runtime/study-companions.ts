import type { Heatmap } from '../models/explanation/heatmap-picture.ts';
import type { Picture } from '../models/explanation/png.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { Companion, ReportInput } from './pipeline.ts';
import {
  buildHeatmap,
  heatmapOf,
  type HeatmapSubject,
  secondaryCapture,
  selectHeatmaps,
} from './report/heatmap.ts';
import { buildKeyObjects, keyObjectSelection } from './report/key-object.ts';
import type { ReportObject, ReportRequest } from './report/request.ts';
import { type BrokenRule, checkHeatmap, checkKeyObjects } from './report/rules.ts';
import type { Instance } from './spool/instance.ts';
import type { ObjectKind } from './spool/outgoing-object.ts';
import { headerOf, requestOf, type StudyReportOptions } from './study-report.ts';

/** What may stand beside a report. */
export type CompanionKind = Companion['kind'];

/** The SOP class of each kind. */
export const companionClasses: Partial<Record<ObjectKind, string>> = {
  'key-objects': keyObjectSelection,
  heatmap: secondaryCapture,
};

export interface CompanionOptions extends StudyReportOptions {
  /** What somebody is to have. */
  wanted: ReadonlySet<ObjectKind>;
  /** What is on the disk already. */
  finished: ReadonlySet<ObjectKind>;
  /** What the model said of each image, by SOP Instance UID. */
  answers(): ReadonlyMap<string, InstanceResult>;
  /** Draws heatmaps over an image, in their order. Pixels are decoded elsewhere. */
  draw(instance: Instance, frame: number | undefined, heatmaps: Heatmap[]): Promise<Picture[]>;
  /** Told what could not be made, and why; for the log. The report stands without it. */
  failed(kind: CompanionKind, error: unknown): void;
}

/** An object, and the rules that it breaks. */
interface Checked {
  object: ReportObject;
  broken: BrokenRule[];
}

/** What the objects of one result are made of. */
interface Making {
  request: ReportRequest;
  input: ReportInput;
  options: CompanionOptions;
}

/**
 * What stands beside a report, one kind after the other, the most urgent first. Every object keeps every rule of ours,
 * or is left out and told. The same result gives the same bytes.
 */
export async function* buildCompanions(
  input: ReportInput,
  options: CompanionOptions,
): AsyncIterable<Companion> {
  for (const { kind, make } of makers) {
    if (!options.wanted.has(kind) || options.finished.has(kind)) continue;
    const objects = attempt(kind, options, () =>
      make({ request: requestOf(input, options), input, options }),
    );
    for await (const { object, last } of markLast(objects))
      yield { kind, ...object, destination: '', last };
  }
}

type Made = Iterable<Checked> | AsyncIterable<Checked>;

/** How the objects of each kind are made, the most urgent kind first. */
const makers: readonly { kind: CompanionKind; make(making: Making): Made }[] = [
  { kind: 'key-objects', make: selectKeyObjects },
  { kind: 'heatmap', make: drawHeatmaps },
];

function selectKeyObjects({ request }: Making): Checked[] {
  const object = buildKeyObjects(request);
  return object ? [{ object, broken: checkKeyObjects(object.dataSet, request) }] : [];
}

/** One image after the other: a picture that cannot be drawn does not keep back the others. */
async function* drawHeatmaps(making: Making): AsyncIterable<Checked> {
  const { request, options } = making;
  const answers = options.answers();
  const mapsOf = (sopInstanceUid: string) => {
    const answer = answers.get(sopInstanceUid);
    return answer?.state === 'analysed' ? answer.maps : [];
  };
  const images = Map.groupBy(
    selectHeatmaps(request, mapsOf),
    ({ instance, frame }) => `${instance.sopInstanceUid} ${frame}`,
  );
  for (const subjects of images.values())
    try {
      yield* await drawImage(making, subjects);
    } catch (error) {
      options.failed('heatmap', error);
    }
}

async function drawImage(
  { request, input, options }: Making,
  subjects: readonly HeatmapSubject[],
): Promise<Checked[]> {
  const [
    {
      instance: { sopInstanceUid },
      frame,
    },
  ] = subjects as [HeatmapSubject];
  const stored = input.instances.find((each) => each.sopInstanceUid === sopInstanceUid)!;
  const header = headerOf(stored, options);
  const pictures = await options.draw(stored, frame, subjects.map(heatmapOf));
  return subjects.map((subject, at) => {
    const object = buildHeatmap(request, { header, frame }, subject, pictures[at]!);
    return { object, broken: checkHeatmap(object.dataSet, request) };
  });
}

/** The objects that keep every rule. What cannot be made is told, and ends its kind. */
async function* attempt(
  kind: CompanionKind,
  { failed }: CompanionOptions,
  make: () => Made,
): AsyncIterable<ReportObject> {
  try {
    for await (const { object, broken } of make())
      if (broken.length === 0) yield object;
      else failed(kind, `it breaks ${broken.map(({ id }) => id).join(', ')}`);
  } catch (error) {
    failed(kind, error);
  }
}

/** Says with each object whether another one follows. */
async function* markLast<T>(
  objects: AsyncIterable<T>,
): AsyncIterable<{ object: T; last: boolean }> {
  let held: { object: T } | undefined;
  for await (const object of objects) {
    if (held) yield { ...held, last: false };
    held = { object };
  }
  if (held) yield { ...held, last: true };
}
