import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { endOrphan, noteOwner } from '../device/orphan.ts';
import type { FromReceiver, ReceiverSettings, ToReceiver } from './receiver-message.ts';

export interface ReceiverLinkOptions {
  clock: Clock;
  files: Files;
  settings: ReceiverSettings;
  /** Brings the index up to the segments; awaited before every start, when nobody writes. */
  recover(): Promise<void>;
  told(message: Exclude<FromReceiver, { kind: 'listening' | 'failed' | 'commitment' }>): void;
  /** Notes a storage commitment report and says how to answer it. */
  commitment(transferSyntaxUid: string, dataSet: Buffer): number;
  /** The process has died; every association with it. */
  died(detail: string): void;
}

const program = 'receiver-process';

/** Says which process may write to the inbox. */
function ownerFile({ spool }: ReceiverSettings): string {
  return join(spool, 'receiver.pid');
}

/** Scanners retry: within this time they find a listener again. */
const restartMs = 200;
const stopGraceMs = 5000;

/** Main's side of the receiver process: starts it, listens to it, and starts it again when it dies. */
export class ReceiverLink {
  readonly #options: ReceiverLinkOptions;
  #settings: ReceiverSettings;
  #child: ChildProcess | undefined;
  #closing = false;

  constructor(options: ReceiverLinkOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** For fault tests and the device page. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The port it listens on. Rejects with PORT_IN_USE when it cannot. */
  async start(): Promise<number> {
    const { files, clock, recover, settings } = this.#options;
    await endOrphan(files, clock, ownerFile(settings), program);
    await recover();
    const port = await this.#launch();
    // After a restart scanners must find the same port, also when the configuration left it open.
    this.#settings = { ...this.#settings, port };
    return port;
  }

  close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(2 * stopGraceMs, () => child.kill('SIGKILL'));
      child.once('exit', () => {
        cancel();
        resolve();
      });
      this.#tell({ kind: 'stop', graceMs: stopGraceMs });
    });
  }

  #launch(): Promise<number> {
    const child = fork(join(import.meta.dirname, `${program}${extname(import.meta.filename)}`), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromReceiver) => {
        if (message.kind === 'listening') resolve(message.port);
        else if (message.kind === 'failed')
          reject(new ScansideError('PORT_IN_USE', message.message));
        else if (!this.#closing || message.kind === 'stored') this.#hear(message);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(
          new ScansideError(
            'INTERNAL',
            `the receiver process ended at its start (${signal ?? code})`,
          ),
        );
        this.#restart(`receiver process ended: ${signal ?? code}`);
      });
      if (child.pid !== undefined)
        noteOwner(this.#options.files, ownerFile(this.#settings), child.pid);
      this.#tell({ kind: 'start', settings: this.#settings });
    });
  }

  #hear(message: Exclude<FromReceiver, { kind: 'listening' | 'failed' }>): void {
    if (message.kind !== 'commitment') return this.#options.told(message);
    const { id, transferSyntaxUid, dataSet } = message;
    const status = this.#options.commitment(transferSyntaxUid, Buffer.from(dataSet, 'base64'));
    this.#tell({ kind: 'answer', id, status });
  }

  #restart(detail: string): void {
    this.#child = undefined;
    if (this.#closing) return;
    this.#options.died(detail);
    this.#options.clock.after(restartMs, () => {
      if (!this.#closing) this.start().catch((error: unknown) => this.#options.died(String(error)));
    });
  }

  #tell(message: ToReceiver): void {
    if (this.#child?.connected) this.#child.send(message);
  }
}
