import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { connectTls, type RequestorTls } from '../dicom/requestor-tls.ts';
import { describeTlsFailure } from '../dicom/tls-profile.ts';
import { BrokenFrame, FrameReader, frameMessage } from './mllp.ts';

export interface MllpPeer {
  host: string;
  port: number;
  /** Without it nothing is encrypted. */
  tls?: RequestorTls | undefined;
  /** How long the connection may take, milliseconds. */
  connectMs: number;
  /** How long an answer may take, milliseconds. */
  answerMs: number;
  clock: Clock;
}

/** The longest answer that is taken, bytes. */
const longestAnswer = 65_536;
/** How long a peer may take to close its side, milliseconds. */
const closeMs = 2_000;

/** Opens a connection. Rejects with PEER_UNREACHABLE, PEER_TIMEOUT or TLS_FAILED. */
export async function connectMllp(peer: MllpPeer): Promise<MllpConnection> {
  const connection = new MllpConnection(peer);
  await connection.opened;
  return connection;
}

/** One connection of the Minimal Lower Layer Protocol: a message, then its answer, then the next. */
export class MllpConnection {
  readonly #peer: MllpPeer;
  readonly #socket: Socket | TLSSocket;
  readonly #reader = new FrameReader(longestAnswer);
  readonly #opening = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #awaited: PromiseWithResolvers<Uint8Array> | undefined;
  #deadline: Cancel | undefined;
  #reached = false;
  #ready = false;
  #answers = 0;
  #endedByPeer = false;
  /** Why nothing more can be sent. */
  #over: ScansideError | undefined;

  constructor(peer: MllpPeer) {
    this.#peer = peer;
    const { host, port, tls, connectMs } = peer;
    this.#socket = tls ? connectTls(host, port, tls) : new Socket();
    this.#expect(tls ? 'no TLS connection' : 'no TCP connection', connectMs);
    this.#listen(tls ? 'secureConnect' : 'connect');
    if (!tls) this.#socket.connect({ host, port });
  }

  /** Resolves when a message can be sent. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  /** Whether a message can still be sent. */
  get isOpen(): boolean {
    return this.#ready && !this.#over;
  }

  /**
   * Whether the peer has ended it after an answer, as engines do that take one message in a connection. The next
   * message most likely met nobody; on another connection it comes under the same control ID.
   */
  get isSpent(): boolean {
    return this.#endedByPeer && this.#answers > 0;
  }

  /**
   * Sends a message when the one before is answered; resolves with its answer. Rejects with PEER_TIMEOUT, or with
   * ASSOCIATION_ABORTED where the connection ends before, or the answer is no MLLP: then it is not known what became
   * of the message.
   */
  exchange(message: Uint8Array): Promise<Uint8Array> {
    if (this.#over) return Promise.reject(this.#over);
    this.#awaited = Promise.withResolvers();
    this.#expect('no acknowledgement', this.#peer.answerMs);
    this.#socket.write(frameMessage(message));
    return this.#awaited.promise;
  }

  /** Ends the connection; resolves when it is closed, at the latest after two seconds. */
  close(): Promise<void> {
    this.#finish(this.#aborted('closed by us'));
    this.#socket.end();
    const cancel = this.#peer.clock.after(closeMs, () => this.#socket.destroy());
    return this.#closed.promise.finally(cancel);
  }

  /** Ends the connection at once. What is awaited fails with the error that is returned. */
  abort(why = 'aborted by us'): ScansideError {
    const error = this.#aborted(why);
    this.#finish(error);
    this.#socket.destroy();
    return error;
  }

  get #name(): string {
    return `${this.#peer.host}:${this.#peer.port}`;
  }

  #listen(ready: 'connect' | 'secureConnect'): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.once('connect', () => (this.#reached = true));
    socket.once(ready, () => this.#established());
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    socket.on('end', () => this.#failed());
    socket.once('close', () => {
      this.#failed();
      this.#closed.resolve();
    });
  }

  #established(): void {
    this.#deadline?.();
    this.#ready = true;
    this.#opening.resolve();
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const message of this.#reader.read(chunk)) this.#answered(message);
    } catch (error) {
      if (!(error instanceof BrokenFrame)) throw error;
      this.abort(error.message);
    }
  }

  #answered(message: Uint8Array): void {
    this.#deadline?.();
    const awaited = this.#awaited;
    this.#awaited = undefined;
    this.#answers++;
    if (awaited) awaited.resolve(message);
    else this.abort('an answer that nothing has asked for');
  }

  /** Restarts the one timer. */
  #expect(what: string, ms: number): void {
    this.#deadline?.();
    this.#deadline = this.#peer.clock.after(ms, () => {
      this.#finish(new ScansideError('PEER_TIMEOUT', `${this.#name}: ${what} in ${ms} ms`));
      this.#socket.destroy();
    });
  }

  #failed(error?: NodeJS.ErrnoException): void {
    if (!this.#over) this.#endedByPeer = true;
    this.#finish(this.#explain(error));
    this.#socket.destroy();
  }

  #explain(error?: NodeJS.ErrnoException): ScansideError {
    const why = error?.message ?? 'the peer closed the connection';
    const inWords = this.#peer.tls ? describeTlsFailure(error?.code ?? 'ECONNRESET', why) : why;
    if (this.#ready) return this.#aborted(inWords, error);
    const code = this.#peer.tls && this.#reached ? 'TLS_FAILED' : 'PEER_UNREACHABLE';
    return new ScansideError(code, `${this.#name}: ${inWords}`, { cause: error });
  }

  #aborted(why: string, cause?: Error): ScansideError {
    return new ScansideError('ASSOCIATION_ABORTED', `${this.#name}: ${why}`, { cause });
  }

  #finish(error: ScansideError): void {
    if (this.#over) return;
    this.#over = error;
    this.#deadline?.();
    this.#opening.reject(error);
    this.#awaited?.reject(error);
    this.#awaited = undefined;
  }
}
