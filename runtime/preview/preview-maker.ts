import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Cancel, Clock } from '../../device/clock.ts';
import { confine } from '../../device/confinement.ts';
import { standBack } from '../inference/standing-back.ts';
import { startThrowaway } from '../inference/tensorrt/throwaway.ts';
import { type PreviewOrder, type PreviewReply, previewReply } from './preview-message.ts';

export interface PreviewMakerOptions {
  clock: Clock;
  /** Whether images wait for their analysis: then the process stands still. */
  isBusy?: (() => boolean) | undefined;
  /** Milliseconds that one image may take. A machine that is busy gives the process very little. */
  limitMs?: number | undefined;
}

/** How an order ended. */
export type Ending =
  /** `unreadable`: how many images have no picture, and why the first of them has none. */
  | { state: 'made'; unreadable: number; detail: string }
  | { state: 'failed'; detail: string }
  /** Somebody called `stop`. */
  | { state: 'stopped' };

type Attempt = Ending | { state: 'lost'; at: number; detail: string };

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const program = join(import.meta.dirname, `preview-process${extname(import.meta.filename)}`);

/** An image is tried once more: the first failure may have been the machine's. After that it is left out. */
const triesOfImage = 2;
/** Of one order: a study of nothing but hostile images must end. */
const mostAttempts = 6;

/**
 * Makes the pictures of one study after the other, each in a process of its own that steps back behind everything else:
 * no analysis waits for a picture, and a decoder that crashes here takes nothing with it. The process may read the images
 * of its order and write the one file, nothing else.
 */
export class PreviewMaker {
  readonly #options: PreviewMakerOptions;
  #end: (ending: Attempt) => void = () => undefined;
  #pid: number | undefined;
  #isStopped = false;

  constructor(options: PreviewMakerOptions) {
    this.#options = options;
  }

  /** Process id of the child that works now; undefined while there is none. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** One order at a time. `prepare` gives it anew for each attempt, with the path of a file that is not there. */
  async make(prepare: () => Promise<PreviewOrder>): Promise<Ending> {
    const losses = new Map<number, number>();
    this.#isStopped = false;
    let detail = '';
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const order = await prepare();
      if (this.#isStopped) return { state: 'stopped' };
      const tried = [...order.images.keys()].filter((at) => (losses.get(at) ?? 0) < triesOfImage);
      if (tried.length === 0) break;
      const images = tried.map((at) => order.images[at]!);
      const ended = await this.#attempt({ ...order, images });
      if (ended.state !== 'lost')
        return addUnreadable(ended, order.images.length - tried.length, detail);
      const blamed = tried[ended.at] ?? 0;
      losses.set(blamed, (losses.get(blamed) ?? 0) + 1);
      detail = ended.detail;
    }
    return { state: 'failed', detail };
  }

  /** Ends what is under way. */
  stop(): void {
    this.#isStopped = true;
    this.#end({ state: 'stopped' });
  }

  async #attempt(order: PreviewOrder): Promise<Attempt> {
    const { clock, isBusy } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const watch = new ImageWatch(this.#options, (at, detail) =>
      resolve({ state: 'lost', at, detail }),
    );
    const child = startThrowaway({
      program,
      job: order,
      flags: flagsFor(order),
      replies: previewReply,
      onReply: (reply) => {
        if (reply.reply === 'begun') watch.begin(reply.at);
        else resolve(endingOf(reply));
      },
      onEnd: (why) => watch.end(why),
    });
    this.#pid = child.pid;
    this.#end = resolve;
    const goOn = standBack(child, clock, isBusy);
    const ended = await promise;
    watch.close();
    goOn();
    await kill(child);
    this.#pid = undefined;
    return ended;
  }
}

function addUnreadable(ending: Ending, more: number, detail: string): Ending {
  if (ending.state !== 'made' || more === 0) return ending;
  return { ...ending, unreadable: ending.unreadable + more, detail: ending.detail || detail };
}

/** Resolves when the process is gone, and writes to no file any more. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** It may read the images of its order and write the one file. */
function flagsFor({ images, path }: PreviewOrder): string[] {
  return confine({ reads: [path, ...images.map(({ image }) => image.path)], writes: [path] });
}

function endingOf(reply: Exclude<PreviewReply, { reply: 'begun' }>): Ending {
  const { detail } = reply;
  return reply.reply === 'done'
    ? { state: 'made', unreadable: reply.unreadable, detail }
    : { state: 'failed', detail };
}

/** Which image a process is at, and whether it takes too long for it. */
class ImageWatch {
  readonly #options: PreviewMakerOptions;
  readonly #lost: (at: number, detail: string) => void;
  #at = 0;
  #cancel: Cancel = () => undefined;

  constructor(options: PreviewMakerOptions, lost: (at: number, detail: string) => void) {
    this.#options = options;
    this.#lost = lost;
    this.begin(0);
  }

  begin(at: number): void {
    const { clock, limitMs = 120_000 } = this.#options;
    this.#at = at;
    this.#cancel();
    this.#cancel = clock.after(limitMs, () => this.end(`no end within ${limitMs / 1000} s`));
  }

  end(detail: string): void {
    this.#lost(this.#at, detail);
  }

  close(): void {
    this.#cancel();
  }
}
