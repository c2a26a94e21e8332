import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { receiverFlags } from '../../runtime/receiver-link.ts';
import type { FromReceiver, ReceiverSettings, ToReceiver } from '../../runtime/receiver-message.ts';
import type { StoredRecord } from '../../runtime/spool/segment-reader.ts';

const program = join(import.meta.dirname, '..', '..', 'runtime', 'receiver-process.ts');

const settings: Omit<ReceiverSettings, 'spool'> = {
  host: '127.0.0.1',
  port: 0,
  aeTitle: 'SCANSIDE',
  maxPduLength: 131_072,
  maxAssociations: 8,
  idleMs: 30_000,
  commitment: 'scu',
  procedureSteps: false,
};

/** The real receiver process, to be killed. It is started long before it is told to listen, which costs no trial time. */
export class Victim {
  /** Resolves when it is gone and all that it has told has been heard. */
  readonly gone: Promise<unknown>;
  readonly #child: ChildProcess;
  #dead = false;

  constructor() {
    this.#child = fork(program, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: receiverFlags,
    });
    this.gone = new Promise((resolve) => this.#child.once('close', resolve));
    const kill = () => this.kill();
    process.once('exit', kill);
    this.#child.once('exit', () => {
      this.#dead = true;
      process.off('exit', kill);
    });
  }

  /** True when it has ended, by our hand or its own. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves with the port it listens on. `stored` hears of every instance as main would. */
  listen(
    folders: Pick<ReceiverSettings, 'spool' | 'keyFolder'>,
    stored: (record: StoredRecord) => void,
  ): Promise<number> {
    const start: ToReceiver = { kind: 'start', settings: { ...settings, ...folders } };
    this.#child.send(start, () => {});
    return new Promise((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('the receiver ended at its start')));
      this.#child.on('message', (message: FromReceiver) => {
        if (message.kind === 'listening') resolve(message.port);
        else if (message.kind === 'failed') reject(new Error(message.message));
        else if (message.kind === 'stored') stored(message.record);
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
