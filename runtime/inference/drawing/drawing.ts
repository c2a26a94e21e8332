import { extname, join } from 'node:path';
import type { Clock } from '../../../device/clock.ts';
import { engineConfinement } from '../../../device/confinement.ts';
import { ScansideError } from '../../../device/errors.ts';
import type { Heatmap } from '../../../models/explanation/heatmap-picture.ts';
import type { Picture } from '../../../models/explanation/png.ts';
import type { StoredImage } from '../../../models/stored-image.ts';
import { type EngineImage, extentOf } from '../engine-job.ts';
import { standBack } from '../standing-back.ts';
import { startThrowaway } from '../tensorrt/throwaway.ts';
import { type DrawingOrder, type DrawingReply, drawingReply } from './drawing-message.ts';

/** Heatmaps over one image where it lies. */
export interface DrawingJob {
  image: EngineImage;
  /** From 1, of a multi-frame image. */
  frame: number | undefined;
  heatmaps: readonly Heatmap[];
}

export interface DrawingOptions {
  clock: Clock;
  /** Whether images wait for their analysis: then a drawing stands still. */
  isBusy?: () => boolean;
  /** Told when an image is tried once more, and why; no patient data. */
  repeated?: (why: string) => void;
  /** Milliseconds that the pictures of one image may take. A machine that is busy gives the process very little. */
  limitMs?: number;
}

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const program = join(import.meta.dirname, `drawing-process${extname(import.meta.filename)}`);

/** An attempt and one more: the first failure may have been the machine's. */
const attempts = 2;

/** What is known of an image once it is decoded. */
export interface Drawn {
  /** Without its pixels, as `summariseImage` leaves it. */
  image: StoredImage;
  /** In the order of the heatmaps. */
  pictures: Picture[];
}

type Attempt = Drawn | { refused: string } | { failed: string };

/**
 * Draws what is wanted of images, one image after the other, each in a process of its own that steps back behind
 * everything else: no analysis waits for a picture, and a decoder that crashes here takes nothing with it.
 */
export class Drawing {
  readonly #options: DrawingOptions;
  #last: Promise<unknown> = Promise.resolve();
  #end: (why: string) => void = () => undefined;
  #pid: number | undefined;
  #closed = false;

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  /** Process id of the child that draws now; undefined while there is none. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /**
   * The pictures of one image; with no heatmaps, only what it says of itself. Rejects with DRAWING_FAILED where the image
   * cannot be read or the process fails twice, with ENGINE_FAILED where this is closed before.
   */
  draw(job: DrawingJob): Promise<Drawn> {
    const drawn = this.#last.then(() => this.#drawNow(job));
    this.#last = drawn.catch(() => undefined);
    return drawn;
  }

  /** Ends what is under way and what waits. */
  close(): void {
    this.#closed = true;
    this.#end('it was closed');
  }

  async #drawNow(job: DrawingJob): Promise<Drawn> {
    for (let attempt = 1; ; attempt++) {
      const ended = this.#closed ? undefined : await this.#attempt(orderOf(job));
      if (!ended || this.#closed) throw closedError();
      if ('pictures' in ended) return ended;
      if ('refused' in ended) throw new ScansideError('DRAWING_FAILED', ended.refused);
      if (attempt === attempts) throw new ScansideError('DRAWING_FAILED', ended.failed);
      this.#options.repeated?.(ended.failed);
    }
  }

  async #attempt(order: DrawingOrder): Promise<Attempt> {
    const { clock, isBusy, limitMs = 120_000 } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const end = (failed: string) => resolve({ failed });
    const said: Said = { image: undefined, pictures: [] };
    const child = startThrowaway({
      program,
      job: order,
      flags: engineConfinement,
      replies: drawingReply,
      onReply: (reply) => {
        const ended = take(said, reply, order.heatmaps.length);
        if (ended) resolve(ended);
      },
      onEnd: end,
    });
    this.#pid = child.pid;
    this.#end = end;
    const goOn = standBack(child, clock, isBusy);
    const cancel = clock.after(limitMs, () => end(`it did not end within ${limitMs / 1000} s`));
    const ended = await promise;
    cancel();
    goOn();
    child.kill('SIGKILL');
    this.#pid = undefined;
    return ended;
  }
}

function closedError(): ScansideError {
  return new ScansideError('ENGINE_FAILED', 'the device was stopped before a picture was drawn');
}

/** What a process has said so far. */
interface Said {
  image: StoredImage | undefined;
  pictures: Picture[];
}

/** Takes a reply in; says how the attempt ends where it does. */
function take(said: Said, reply: DrawingReply, wanted: number): Attempt | undefined {
  if (reply.reply === 'refused') return { refused: reply.detail };
  if (reply.reply === 'done') return complete(said, wanted);
  if (reply.reply === 'image') said.image = reply.image as StoredImage;
  else {
    const { rows, columns } = reply;
    const bytes = Buffer.from(reply.bytes, 'base64');
    if (bytes.length !== 3 * rows * columns)
      return { failed: 'a picture is not as large as it says' };
    said.pictures.push({ rows, columns, bytes });
  }
  return undefined;
}

function complete({ image, pictures }: Said, wanted: number): Attempt {
  return image && pictures.length === wanted
    ? { image, pictures }
    : { failed: 'a part is missing' };
}

function orderOf({ image, frame, heatmaps }: DrawingJob): DrawingOrder {
  return {
    image: extentOf(image),
    frame,
    heatmaps: heatmaps.map(({ map: { rows, columns, values }, steps, words }) => ({
      map: { rows, columns, values: [...values] },
      steps,
      words,
    })),
  };
}
