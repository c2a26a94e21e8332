import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { longestChunk } from '../messages/file-request.ts';
import type { BrokerLink, Incoming } from './broker-link.ts';
import { chunkSchema, encodeMessage, readMessage } from './contract.ts';
import { downTopic, upTopic } from './topics.ts';

/** Part of a file that is asked for at once. */
interface Part {
  file: string;
  offset: number;
  length: number;
  resolve(bytes: Buffer): void;
  reject(error: unknown): void;
}

/** Parts that are asked for at once: 8 × 256 KiB fill a link without filling the broker. */
const window = 8;
const answerMs = 30_000;

/**
 * Reads signed files through the broker, for sites that open no other way. What comes is not trusted: whoever reads
 * verifies it by the hash that was signed.
 */
export class FileClient {
  readonly #device: string;
  readonly #clock: Clock;
  readonly #waiting: Part[] = [];
  readonly #flying = new Map<string, { part: Part; cancel: Cancel }>();
  #link: BrokerLink | undefined;

  constructor(device: string, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** The connection over which to ask from now on; without one everything that waits is given up. */
  use(link: BrokerLink | undefined): void {
    this.#link = link;
    if (link) return;
    const parts = [...this.#flying.values()].map(({ part, cancel }) => (cancel(), part));
    this.#flying.clear();
    for (const part of [...parts, ...this.#waiting.splice(0)])
      part.reject(new ScansideError('MQTT_UNREACHABLE', part.file));
  }

  /**
   * Bytes of a file below `targets/` of the repository. Rejects with MQTT_UNREACHABLE where there is no connection or no
   * answer, and with MQTT_FILE_REFUSED; whoever reads goes on from there later.
   */
  async read(file: string, offset: number, length: number): Promise<Uint8Array> {
    const starts = Array.from(
      { length: Math.ceil(length / longestChunk) },
      (_, at) => offset + at * longestChunk,
    );
    const end = offset + length;
    const parts = starts.map((start) =>
      this.#ask(file, start, Math.min(longestChunk, end - start)),
    );
    return Buffer.concat(await Promise.all(parts));
  }

  /** Something has come on `down/file`. An answer to nothing is left alone. */
  receive({ payload, schema, correlation }: Incoming): void {
    const key = correlation?.toString('hex') ?? '';
    const asked = this.#flying.get(key);
    if (!asked) return;
    this.#flying.delete(key);
    asked.cancel();
    const { part } = asked;
    if (schema === chunkSchema && payload.length === part.length) part.resolve(payload);
    else part.reject(refusalOf(part, payload, schema));
    this.#run();
  }

  #ask(file: string, offset: number, length: number): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    if (!this.#link) return Promise.reject(new ScansideError('MQTT_UNREACHABLE', file));
    this.#waiting.push({ file, offset, length, resolve, reject });
    this.#run();
    return promise;
  }

  #run(): void {
    while (this.#link && this.#flying.size < window) {
      const part = this.#waiting.shift();
      if (!part) return;
      this.#send(this.#link, part);
    }
  }

  #send(link: BrokerLink, part: Part): void {
    const correlation = randomBytes(8);
    const key = correlation.toString('hex');
    const fail = (error: unknown) => {
      if (!this.#flying.delete(key)) return;
      part.reject(error);
      this.#run();
    };
    const late = () => fail(new ScansideError('MQTT_UNREACHABLE', `${part.file}: no answer`));
    this.#flying.set(key, { part, cancel: this.#clock.after(answerMs, late) });
    const { file, offset, length } = part;
    const request = encodeMessage('file-request', { schema: 1, file, offset, length });
    link
      .publish(upTopic(this.#device, 'file'), request, {
        schema: 'file-request',
        correlation,
        responseTopic: downTopic(this.#device, 'file'),
        expirySeconds: answerMs / 1000,
      })
      .catch(fail);
  }
}

function refusalOf({ file }: Part, payload: Buffer, schema: string | undefined): ScansideError {
  if (schema === chunkSchema)
    return new ScansideError('MQTT_FILE_REFUSED', `${file}: ${payload.length} bytes came`);
  try {
    const { because } = readMessage('file-refusal', payload);
    return new ScansideError('MQTT_FILE_REFUSED', `${file}: ${because}`);
  } catch (error) {
    return error as ScansideError;
  }
}
