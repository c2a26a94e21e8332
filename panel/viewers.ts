import type { Writable } from 'node:stream';

/** The open event streams. One that does not read costs at most `limit` bytes and is then dropped. */
export class Viewers {
  readonly #limit: number;
  readonly #open = new Set<Writable>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Adds a stream that gets every later text, until it closes. */
  add(stream: Writable): void {
    this.#open.add(stream);
    stream.on('close', () => this.#open.delete(stream));
    stream.on('error', () => this.#drop(stream));
  }

  sendAll(text: string): void {
    for (const stream of this.#open) this.send(stream, text);
  }

  send(stream: Writable, text: string): void {
    if (stream.writableLength + Buffer.byteLength(text) > this.#limit) this.#drop(stream);
    else stream.write(text);
  }

  close(): void {
    for (const stream of this.#open) this.#drop(stream);
  }

  #drop(stream: Writable): void {
    this.#open.delete(stream);
    stream.destroy();
  }
}
