import type { Bundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { ScansideError } from '../../device/errors.ts';
import type { EngineReply, ImageExtent } from './engine-message.ts';
import type { Priority } from './schedule/work.ts';

/** An image where it lies: the file, and the byte range in it, that hold the data set without file meta information. */
export interface EngineImage {
  path: string;
  offset: number;
  length: number;
  /** Opens the data set; undefined where it is not sealed. */
  key?: Uint8Array | undefined;
  transferSyntaxUid: string;
}

/** One unit of work for one model. */
export interface EngineJob {
  /** Names the job in events; unique. */
  id: string;
  /** One image, or the slices that the model looks at together. */
  images: EngineImage[];
  bundle: Bundle;
  /** Routine where absent. */
  priority?: Priority | undefined;
  /** Milliseconds from now within which its result is wanted; negative where it is late already. A minute where absent. */
  dueInMs?: number | undefined;
  /** Jobs of one series share the deadline of the newest of them. */
  series?: string | undefined;
  /** Jobs that a person makes STAT together. */
  exam?: string | undefined;
}

/** A job on its way, with the promise that waits for it. Times are monotonic milliseconds. */
export interface Ticket {
  readonly job: EngineJob;
  priority: Priority;
  readonly arrivedAt: number;
  deadline: number;
  /** Runs begun. */
  runs: number;
  resolve(result: InstanceResult): void;
  reject(error: Error): void;
}

const defaultDueMs = 60_000;

export function openTicket(
  job: EngineJob,
  now: number,
  settle: Pick<Ticket, 'resolve' | 'reject'>,
): Ticket {
  const { priority = 'routine', dueInMs = defaultDueMs } = job;
  return { job, priority, arrivedAt: now, deadline: now + dueInMs, runs: 0, ...settle };
}

export function closedError(): ScansideError {
  return new ScansideError('ENGINE_FAILED', 'the engine was closed before the analysis was done');
}

function modelFault(detail: string): InstanceResult {
  return { state: 'not-analysed', reason: 'model-fault', detail };
}

/** What a reply says of the `at`th job of a run. */
export function resultOf(reply: EngineReply, at: number): InstanceResult {
  const result = reply.reply === 'results' ? reply.results[at] : undefined;
  if (result) return result;
  return modelFault(reply.reply === 'refused' ? reply.detail : 'the engine gave no result');
}

/** What travels to the child of a job's images. */
export function extentsOf({ images }: EngineJob): ImageExtent[] {
  return images.map(extentOf);
}

export function extentOf({ key, ...image }: EngineImage): ImageExtent {
  return { ...image, key: key && Buffer.from(key).toString('base64') };
}
