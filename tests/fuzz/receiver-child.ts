import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../device/clock.ts';
import type { FromReceiver, ReceiverSettings, ToReceiver } from '../../runtime/receiver-message.ts';
import { receiverFlags } from '../../runtime/receiver-link.ts';
import { dial } from '../../runtime/dicom/sender.ts';
import { implicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { verification } from '../../runtime/dicom/uid.ts';
import { temporaryFolder } from '../peers/process.ts';

/** The real receiver process on a loopback port and a spool of its own. */
export interface ReceiverChild {
  readonly port: number;
  readonly pid: number;
  /** The spool's folder. */
  readonly spool: string;
  /** How the process ended; undefined while it runs. */
  ended(): string | undefined;
  /** Resident memory in KiB. */
  residentKib(): number;
  /** Milliseconds until another peer has an association and an answer to C-ECHO; throws where it gets none. */
  echo(): Promise<number>;
  /** Removes what has been stored so far, so that a campaign does not fill the disk. */
  emptySpool(): void;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '..', '..', 'runtime', 'receiver-process.ts');

const settings: Omit<ReceiverSettings, 'spool'> = {
  host: '127.0.0.1',
  port: 0,
  aeTitle: 'SCANSIDE',
  acceptAnyCalledAe: true,
  maxPduLength: 131_072,
  maxAssociations: 64,
  artimMs: 2000,
  idleMs: 2000,
  commitment: 'both',
  procedureSteps: true,
};

/** Starts the receiver process. It is told to answer every normalized request with success. */
export async function startReceiverChild(): Promise<ReceiverChild> {
  const folder = temporaryFolder();
  const spool = join(folder.path, 'spool');
  for (const place of ['inbox', 'quarantine']) mkdirSync(join(spool, place), { recursive: true });
  const child = fork(program, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: receiverFlags,
  });
  let end: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      end = String(signal ?? code);
      resolve();
    });
  });
  const killed = (): unknown => child.kill('SIGKILL');
  process.once('exit', killed);
  const port = await listening(child, spool);
  return {
    port,
    pid: child.pid!,
    spool,
    ended: () => end,
    residentKib: () => residentKib(child.pid!),
    echo: () => echo(port),
    emptySpool: () => emptySpool(spool),
    async stop() {
      process.off('exit', killed);
      child.kill('SIGKILL');
      await gone;
      folder.remove();
    },
  };
}

function listening(child: ChildProcess, spool: string): Promise<number> {
  const tell = (message: ToReceiver): void => void child.send(message, () => {});
  tell({ kind: 'start', settings: { ...settings, spool } });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the receiver process ended at its start')));
    child.on('message', (message: FromReceiver) => {
      if (message.kind === 'listening') resolve(message.port);
      else if (message.kind === 'failed') reject(new Error(message.message));
      else if (message.kind === 'asked') tell({ kind: 'answer', id: message.id, status: 0 });
    });
  });
}

function residentKib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]);
}

async function echo(port: number): Promise<number> {
  const start = performance.now();
  const association = await dial({
    host: '127.0.0.1',
    port,
    callingAeTitle: 'PROBER',
    calledAeTitle: 'SCANSIDE',
    contexts: [{ abstractSyntax: verification, transferSyntaxes: [implicitVrLittleEndian] }],
    maxPduLength: 16_384,
    connectMs: 5000,
    responseMs: 5000,
    clock: systemClock,
  });
  const status = await association.echo();
  const took = performance.now() - start;
  await association.release();
  if (status !== 0) throw new Error(`C-ECHO status ${status}`);
  return took;
}

/** A segment that is still being written is only unlinked: its bytes go with its last descriptor. */
function emptySpool(spool: string): void {
  for (const place of ['inbox', 'quarantine'])
    for (const name of readdirSync(join(spool, place))) rmSync(join(spool, place, name));
}
