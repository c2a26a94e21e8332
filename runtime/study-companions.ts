import type { Clock } from '../device/clock.ts';
import {
  type Checked,
  type CompanionKind,
  isStop,
  type Making,
  makers,
} from './companion-makers.ts';
import type { Companion, ReportInput } from './pipeline-ports.ts';
import { secondaryCapture } from './report/heatmap.ts';
import { keyObjectSelection } from './report/key-object.ts';
import type { Shape } from './report/measurements.ts';
import { parametricMap } from './report/parametric-map.ts';
import { presentationState } from './report/presentation-state.ts';
import type { ReportObject, ReportRequest } from './report/request.ts';
import { segmentationStorage } from './report/segmentation.ts';
import type { ObjectKind } from './spool/outgoing-object.ts';
import { requestOf, type StudyReportOptions } from './study-report.ts';

/** The SOP class of each kind that is no report: a measurement document is one, in whichever form reports are sent. */
export const companionClasses: Partial<Record<ObjectKind, string>> = {
  'key-objects': keyObjectSelection,
  segmentation: segmentationStorage,
  'presentation-state': presentationState,
  heatmap: secondaryCapture,
  'parametric-map': parametricMap,
};

export interface CompanionOptions extends StudyReportOptions {
  clock: Clock;
  /** The kinds that each destination is to have. */
  wanted: readonly { objects: readonly ObjectKind[] }[];
  /** What is on the disk already. */
  finished: ReadonlySet<ObjectKind>;
  /** What the model said of each image, by SOP Instance UID. */
  answers(): Making['answers'];
  draw: Making['draw'];
  /** The result for those who are told it without DICOM. Throws where the source names no study. */
  messages(request: ReportRequest): Companion[];
  /** Told what could not be made, and why; for the log. The report stands without it. */
  failed(kind: CompanionKind, error: unknown): void;
}

/**
 * What stands beside a report, one kind after the other, the most urgent first. Every object keeps every rule of ours,
 * or is left out and told. The same result gives the same bytes. Throws ENGINE_FAILED where the device is being stopped.
 */
export async function* buildCompanions(
  input: ReportInput,
  options: CompanionOptions,
): AsyncIterable<Companion> {
  if (!options.finished.has('message')) yield* writeMessages(input, options);
  // Pictures of a flag that was taken back would say it once more.
  const kinds = input.withdrawal ? [] : options.wanted.flatMap(({ objects }) => objects);
  const wanted = new Set(kinds);
  const open = makers.filter(({ kind }) => wanted.has(kind) && !options.finished.has(kind));
  for (const maker of open) {
    for await (const { object, last } of markLast(attempt(maker, input, options)))
      yield { kind: maker.kind, ...object, destination: '', last };
  }
}

function writeMessages(
  input: ReportInput,
  { messages, failed, ...options }: CompanionOptions,
): Companion[] {
  try {
    return messages(requestOf(input, options));
  } catch (error) {
    failed('message', error);
    return [];
  }
}

/**
 * How measurements say where, as one document goes to every destination: by segments where each that gets it gets the
 * Segmentation too, otherwise by boxes.
 */
export function chooseShape(destinations: CompanionOptions['wanted']): Shape {
  const measured = destinations.filter(({ objects }) => objects.includes('measurements'));
  return measured.every(({ objects }) => objects.includes('segmentation')) ? 'segments' : 'boxes';
}

/** The objects that keep every rule. What cannot be made is told, and ends its kind. */
async function* attempt(
  { kind, make }: (typeof makers)[number],
  input: ReportInput,
  options: CompanionOptions,
): AsyncIterable<ReportObject> {
  const failed = (error: unknown) => options.failed(kind, error);
  try {
    for await (const checked of make(makingOf(input, options, failed)))
      if (isSound(checked, failed)) yield checked.object;
  } catch (error) {
    if (isStop(error)) throw error;
    failed(error);
  }
}

function makingOf(input: ReportInput, options: CompanionOptions, failed: Making['failed']): Making {
  return {
    request: requestOf(input, options),
    input,
    shape: chooseShape(options.wanted),
    device: options,
    clock: options.clock,
    answers: options.answers(),
    draw: options.draw,
    failed,
  };
}

function isSound({ broken }: Checked, failed: Making['failed']): boolean {
  if (broken.length > 0) failed(`it breaks ${broken.map(({ id }) => id).join(', ')}`);
  return broken.length === 0;
}

/** Says with each object whether it is the last one. */
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
