import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import process from 'node:process';
import { sleep, type Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { endOrphan, noteOwner } from '../device/orphan.ts';
import type {
  FromReceiver,
  PeerRequest,
  ReceiverSettings,
  ToReceiver,
} from './receiver-message.ts';

export interface ReceiverLinkOptions {
  clock: Clock;
  files: Files;
  settings: ReceiverSettings;
  /** Brings the index up to the segments; awaited before every start, when nobody writes. */
  recover(): Promise<void>;
  told(message: Exclude<FromReceiver, { kind: 'listening' | 'failed' | 'asked' }>): void;
  /** Performs a normalized request; returns the status to answer. */
  perform(request: PeerRequest): number;
  /** The process has died; every association with it. */
  died(detail: string): void;
}

const program = 'receiver-process';

/**
 * Hardly an object of the receiver lives longer than a message. With V8's own choice of young space thousands of short
 * connections take more than 100 MB for what is garbage; with this one, in MiB, a sixth of that.
 */
export const receiverFlags = ['--max-semi-space-size=2'];

/**
 * Where sealing allocates its chunks, glibc by default gives each back to the kernel and faults it in again, which
 * costs a sixth of the processor time of an encrypted image. With these, in bytes, it keeps them.
 */
export const receiverEnvironment = {
  MALLOC_MMAP_THRESHOLD_: String(64 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
};

/** Says which process may write to the inbox. */
function ownerFile({ spool }: ReceiverSettings): string {
  return join(spool, 'receiver.pid');
}

/** Scanners retry: within this time they find a listener again. */
const restartMs = 200;
const longestRestartMs = 10_000;
/** One death at the start may be an accident; a program that never gets to listen is for the service manager. */
const startAttempts = 5;
const stopGraceMs = 5000;
/** How long main takes in what it is told before it lets others have their turn. */
const turnMs = 5;

/** 0 where there is none. */
interface Ports {
  port: number;
  tlsPort: number;
}

/** What is told once the process listens. */
type Told = Exclude<FromReceiver, { kind: 'listening' | 'failed' }>;

/** One life of the receiver process. */
interface Life {
  /** Rejects with PORT_IN_USE. */
  listening: Promise<Ports>;
  /** It is gone, and all that it has ever told has been heard. Resolves with how it ended. */
  gone: Promise<string>;
}

/** Main's side of the receiver process: starts it, listens to it, and starts it again when it dies. */
export class ReceiverLink {
  readonly #options: ReceiverLinkOptions;
  #settings: ReceiverSettings;
  #child: ChildProcess | undefined;
  #gone: Promise<string> = Promise.resolve('');
  #tlsPort = 0;
  #admits = true;
  #closing = false;
  /** What has been told and is not taken in yet, oldest first. */
  readonly #waiting: { message: Told; from: ChildProcess }[] = [];
  #nextTurn: NodeJS.Immediate | undefined;

  constructor(options: ReceiverLinkOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** For fault tests and the device page. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The port for DICOM over TLS; 0 while it does not listen on one. */
  get tlsPort(): number {
    return this.#tlsPort;
  }

  /**
   * Resolves with the port it listens on without TLS, or 0. Rejects with PORT_IN_USE when it cannot, and with INTERNAL when the process
   * dies at its start again and again.
   */
  async start(): Promise<number> {
    const { clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin();
      } catch (error) {
        const hopeless = error instanceof ScansideError && error.code === 'PORT_IN_USE';
        if (hopeless || attempt === startAttempts || this.#closing) throw error;
        await sleep(clock, restartMs);
      }
    }
  }

  /** Has images refused with "out of resources", or taken again. */
  admit(admits: boolean): void {
    if (admits === this.#admits) return;
    this.#admits = admits;
    this.#tell({ kind: 'admit', admits });
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (!child) return;
    const cancel = this.#options.clock.after(2 * stopGraceMs, () => child.kill('SIGKILL'));
    this.#tell({ kind: 'stop', graceMs: stopGraceMs });
    await this.#gone;
    cancel();
  }

  /** Nobody writes to the inbox while it is recovered: what an earlier run left behind is ended first. */
  async #begin(): Promise<number> {
    const { files, clock, recover } = this.#options;
    await endOrphan(files, clock, ownerFile(this.#settings), program);
    await recover();
    if (this.#closing) throw new ScansideError('INTERNAL', 'the receiver is closed');
    const { listening, gone } = this.#launch();
    const ports = await Promise.race([listening, gone.then(endedAtStart)]);
    this.#keepPorts(ports);
    void gone.then((detail) => this.#revive(detail));
    return ports.port;
  }

  /** After a restart scanners must find the same ports, also when the configuration left them open. */
  #keepPorts({ port, tlsPort }: Ports): void {
    const { port: asked, tls } = this.#settings;
    this.#tlsPort = tlsPort;
    this.#settings = {
      ...this.#settings,
      port: asked === undefined ? undefined : port,
      tls: tls && { ...tls, port: tlsPort },
    };
  }

  #launch(): Life {
    const child = fork(join(import.meta.dirname, `${program}${extname(import.meta.filename)}`), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...receiverFlags],
      env: { ...process.env, ...receiverEnvironment },
    });
    this.#child = child;
    const listening = Promise.withResolvers<Ports>();
    child.on('message', (message: FromReceiver) => {
      if (message.kind === 'listening') listening.resolve(message);
      else if (message.kind === 'failed') {
        listening.reject(new ScansideError('PORT_IN_USE', message.message));
        child.kill('SIGKILL');
      } else {
        this.#waiting.push({ message, from: child });
        this.#nextTurn ??= setImmediate(() => this.#takeTurn());
      }
    });
    this.#gone = whenGone(child).finally(() => {
      this.#takeRest();
      if (this.#child === child) this.#child = undefined;
    });
    if (child.pid !== undefined)
      noteOwner(this.#options.files, ownerFile(this.#settings), child.pid);
    this.#tell({ kind: 'admit', admits: this.#admits });
    this.#tell({ kind: 'start', settings: this.#settings });
    return { listening: listening.promise, gone: this.#gone };
  }

  /**
   * Takes in what waits, for some milliseconds. Many messages come at once when a scanner sends fast; whoever looks at the
   * panel is served between two turns.
   */
  #takeTurn(): void {
    const { clock } = this.#options;
    const end = clock.monotonic() + turnMs;
    this.#nextTurn = undefined;
    do this.#takeNext();
    while (this.#waiting.length > 0 && clock.monotonic() < end);
    if (this.#waiting.length > 0) this.#nextTurn = setImmediate(() => this.#takeTurn());
  }

  /** Nothing more will come: whoever starts the process again finds that all has been heard. */
  #takeRest(): void {
    clearImmediate(this.#nextTurn);
    this.#nextTurn = undefined;
    while (this.#waiting.length > 0) this.#takeNext();
  }

  /** What main cannot take in, for want of disk or the like, it finds in the segments when it starts the process again. */
  #takeNext(): void {
    const next = this.#waiting.shift();
    if (!next || (this.#closing && next.message.kind !== 'stored')) return;
    try {
      this.#hear(next.message);
    } catch (error) {
      this.#options.died(`stopped: ${String(error)}`);
      next.from.kill('SIGKILL');
    }
  }

  #hear(message: Told): void {
    if (message.kind !== 'asked') return this.#options.told(message);
    const { id, request, dataSet } = message;
    const bytes = dataSet ? Buffer.from(dataSet, 'base64') : undefined;
    const status = this.#options.perform({ ...request, dataSet: bytes });
    this.#tell({ kind: 'answer', id, status });
  }

  /** A device that is on is never deaf for good: it is tried until the process listens again. */
  async #revive(detail: string): Promise<void> {
    const { clock, died } = this.#options;
    for (let wait = restartMs; !this.#closing; wait = Math.min(2 * wait, longestRestartMs)) {
      died(detail);
      await sleep(clock, wait);
      try {
        if (!this.#closing) await this.#begin();
        return;
      } catch (error) {
        detail = String(error);
      }
    }
  }

  /** What cannot be told any more is no error here: `gone` says so. */
  #tell(message: ToReceiver): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }
}

/** "close" and not "exit": it comes after the last message. A process that could not be started has neither. */
function whenGone(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(`receiver process ended: ${signal ?? code}`));
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
}

function endedAtStart(detail: string): never {
  throw new ScansideError('INTERNAL', `${detail}, before it could listen`);
}
