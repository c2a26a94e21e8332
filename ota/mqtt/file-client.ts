import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { FileRefusal } from '../messages/file-refusal.ts';
import { longestChunk } from '../messages/file-request.ts';
import type { BrokerLink, Incoming } from './broker-link.ts';
import { chunkSchema, encodeMessage, readMessage } from './contract.ts';
import { downTopic, upTopic } from './topics.ts';

type Refusal = FileRefusal['because'];

/** Part of a file that is asked for at once. */
interface Part {
  file: string;
  offset: number;
  length: number;
  correlation: Buffer;
  /** The broker has the request: its answer waits for us there, also over a connection that breaks. */
  asked: boolean;
  resolve(answer: Buffer | Refusal): void;
  reject(error: unknown): void;
  cancel: Cancel;
}

/** Parts that are asked for at once: 8 × 256 KiB fill a link without filling the broker. */
const window = 8;
/** What a part shrinks to where connections break: each costs about half of one. */
const shortestPart = 16 * 1024;
/** Parts that come one after the other without a break before they grow again. */
const steadyParts = 256;
/** Milliseconds for an answer, connections that break and are made again among them. */
const answerMs = 30_000;

/**
 * Reads signed files through the broker, for sites that open no other way. What comes is not trusted: whoever reads
 * verifies it by the hash that was signed. A connection that breaks costs the part that it was in the midst of.
 */
export class FileClient {
  readonly #device: string;
  readonly #clock: Clock;
  readonly #waiting: Part[] = [];
  readonly #flying = new Map<string, Part>();
  #link: BrokerLink | undefined;
  #lostAt = -Infinity;
  #partLength = longestChunk;
  #unbroken = 0;
  /** Whether a part has come since `use`. */
  hasCarried = false;

  constructor(device: string, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Whether there is a connection, or was a moment ago: one that breaks is made again. */
  get isReachable(): boolean {
    return this.#link !== undefined || this.#clock.monotonic() - this.#lostAt < answerMs;
  }

  /** The connection over which to ask from now on. What the former one's broker may not have heard is asked anew. */
  use(link: BrokerLink | undefined): void {
    if (this.#link && !link) this.#noteBreak();
    this.#link = link;
    if (!link) return;
    this.hasCarried = false;
    const unheard = [...this.#flying].filter(([, { asked }]) => !asked);
    for (const [key] of unheard) this.#flying.delete(key);
    this.#waiting.unshift(...unheard.map(([, part]) => part));
    this.#run();
  }

  /**
   * Bytes of a file, such as `targets/models/NAME`: at least one, and fewer than `length` where the file ends or where no
   * more have come; or why there are none. Rejects with MQTT_UNREACHABLE where nothing has come.
   */
  async read(file: string, offset: number, length: number): Promise<Buffer | Refusal> {
    const partLength = this.#partLength;
    const asked = Array.from({ length: Math.ceil(length / partLength) }, (_, at) => {
      const start = at * partLength;
      return this.#ask(file, offset + start, Math.min(partLength, length - start));
    });
    const answers = await Promise.allSettled(asked);
    const [first] = answers;
    if (first?.status === 'rejected') throw first.reason;
    if (typeof first?.value === 'string') return first.value;
    return Buffer.concat(unbroken(answers, partLength));
  }

  /** Nobody waits any more. */
  end(): void {
    for (const part of [...this.#flying.values(), ...this.#waiting]) this.#giveUp(part);
  }

  /** Something has come on `down/file`. An answer to nothing is left alone. */
  receive({ payload, schema, correlation }: Incoming): void {
    const part = this.#take(correlation?.toString('hex') ?? '');
    if (!part) return;
    try {
      part.resolve(answerOf(part, payload, schema));
      this.#noteArrival();
    } catch (error) {
      part.reject(error);
    }
    this.#run();
  }

  #noteBreak(): void {
    this.#lostAt = this.#clock.monotonic();
    this.#partLength = Math.max(shortestPart, this.#partLength / 2);
    this.#unbroken = 0;
  }

  #noteArrival(): void {
    this.hasCarried = true;
    this.#unbroken += 1;
    if (this.#unbroken % steadyParts > 0) return;
    this.#partLength = Math.min(longestChunk, this.#partLength * 2);
  }

  #take(key: string): Part | undefined {
    const part = this.#flying.get(key);
    this.#flying.delete(key);
    part?.cancel();
    return part;
  }

  #ask(file: string, offset: number, length: number): Promise<Buffer | Refusal> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | Refusal>();
    const correlation = randomBytes(8);
    const part = { file, offset, length, correlation, asked: false, resolve, reject };
    const cancel = this.#clock.after(answerMs, () => this.#giveUp(timed));
    const timed: Part = Object.assign(part, { cancel });
    this.#waiting.push(timed);
    this.#run();
    return promise;
  }

  #giveUp(part: Part): void {
    this.#flying.delete(part.correlation.toString('hex'));
    const at = this.#waiting.indexOf(part);
    if (at >= 0) this.#waiting.splice(at, 1);
    part.cancel();
    part.reject(new ScansideError('MQTT_UNREACHABLE', `${part.file}: no answer`));
    this.#run();
  }

  #run(): void {
    while (this.#link && this.#flying.size < window) {
      const part = this.#waiting.shift();
      if (!part) return;
      this.#flying.set(part.correlation.toString('hex'), part);
      void this.#send(this.#link, part);
    }
  }

  /** What the broker does not take is asked anew with the next connection. */
  async #send(link: BrokerLink, part: Part): Promise<void> {
    const { file, offset, length, correlation } = part;
    const request = encodeMessage('file-request', { schema: 1, file, offset, length });
    try {
      await link.publish(upTopic(this.#device, 'file'), request, {
        schema: 'file-request',
        correlation,
        responseTopic: downTopic(this.#device, 'file'),
        expirySeconds: answerMs / 1000,
      });
      part.asked = true;
    } catch (error) {
      if ((error as ScansideError).code !== 'MQTT_REFUSED') return;
      this.#take(correlation.toString('hex'))?.reject(error);
    }
  }
}

/** The bytes up to the first part that is not there, or not whole. */
function unbroken(
  answers: readonly PromiseSettledResult<Buffer | Refusal>[],
  partLength: number,
): Buffer[] {
  const parts: Buffer[] = [];
  for (const answer of answers) {
    if (answer.status === 'rejected' || typeof answer.value === 'string') break;
    parts.push(answer.value);
    if (answer.value.length < partLength) break;
  }
  return parts;
}

/** Throws MQTT_MESSAGE_MALFORMED for what is no answer. */
function answerOf({ file, length }: Part, payload: Buffer, schema?: string): Buffer | Refusal {
  if (schema !== chunkSchema) return readMessage('file-refusal', payload).because;
  if (payload.length > 0 && payload.length <= length) return payload;
  throw new ScansideError('MQTT_MESSAGE_MALFORMED', `${file}: ${payload.length} bytes came`);
}
