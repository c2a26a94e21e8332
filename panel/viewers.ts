import type { Writable } from 'node:stream';

/** The open event streams. One that does not read costs at most `limit` bytes and is then dropped. */
export class Viewers<Viewer> {
  readonly #limit: number;
  readonly #open = new Map<Writable, Viewer>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Adds a stream that gets every later text, until it closes. */
  add(stream: Writable, viewer: Viewer): void {
    this.#open.set(stream, viewer);
    stream.on('close', () => this.#open.delete(stream));
    stream.on('error', () => this.#drop(stream));
  }

  /** Sends each viewer its own text; an empty one is not sent. */
  sendAll(textFor: (viewer: Viewer) => string): void {
    for (const [stream, viewer] of this.#open) this.send(stream, textFor(viewer));
  }

  send(stream: Writable, text: string): void {
    if (text === '') return;
    if (stream.writableLength + Buffer.byteLength(text) > this.#limit) this.#drop(stream);
    else stream.write(text);
  }

  /** Ends the streams of some viewers, once what they were sent is on its way. */
  drop(which: (viewer: Viewer) => boolean): void {
    for (const [stream, viewer] of this.#open) if (which(viewer)) this.#end(stream);
  }

  #end(stream: Writable): void {
    this.#open.delete(stream);
    stream.end(() => stream.destroy());
  }

  #drop(stream: Writable): void {
    this.#open.delete(stream);
    stream.destroy();
  }
}
