import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { disk } from '../device/files.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { receiverEnvironment, receiverFlags } from '../runtime/receiver-link.ts';
import type { FromReceiver, ReceiverSettings, ToReceiver } from '../runtime/receiver-message.ts';
import { receiverSettings } from '../runtime/receiver-settings.ts';
import { programFolder } from '../runtime/service.ts';
import { readReceiverTls } from '../runtime/tls-files.ts';
import type { Certificate } from './certificate.ts';

/** The program as it is shipped: `npm run build` makes it. */
export const compiledProgram = 'dist/runtime/receiver-process.js';
export const sourceProgram = 'runtime/receiver-process.ts';

export interface OurReceiverPlace {
  /** The data folder of the appliance. */
  folder: string;
  /** Environment variables besides our own. */
  environment?: Record<string, string>;
  /** DICOM over TLS, mutual, in place of the plain port. */
  tls?: Certificate | undefined;
  /** Which program; as it is shipped where absent. */
  program?: string;
  /** Seal the spool, which is the product's default. */
  encrypted?: boolean;
}

export interface OurReceiver {
  pid: number;
  port: number;
  received(): Promise<number>;
  stop(): Promise<void>;
}

/** Arguments for Node of the receiver process, such as `--cpu-prof`; from SCANSIDE_BENCH_NODE, separated by spaces. */
const nodeOptions = (process.env['SCANSIDE_BENCH_NODE'] ?? '').split(' ').filter(Boolean);

/**
 * Starts the receiver process as the product does, with the product's default settings, encryption apart, and its real
 * spool, and takes its messages as main would. Nobody indexes what is stored: that is main's work and not measured here.
 */
export async function startOurReceiver({
  folder,
  environment,
  tls,
  program = compiledProgram,
  encrypted = false,
}: OurReceiverPlace): Promise<OurReceiver> {
  const child = fork(join(programFolder, program), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...receiverFlags, ...nodeOptions],
    env: { ...process.env, ...receiverEnvironment, ...environment },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let stored = 0;
  const listening = new Promise<number>((resolve, reject) => {
    child.on('message', (message: FromReceiver) => {
      if (message.kind === 'stored') stored += 1;
      if (message.kind === 'listening') resolve(tls ? message.tlsPort : message.port);
      if (message.kind === 'failed') reject(new Error(message.message));
    });
    void ended.then(() => reject(new Error('the receiver process ended')));
  });
  const tell = (message: ToReceiver): void => void child.send(message);
  tell({ kind: 'start', settings: makeSettings(folder, encrypted, tls) });
  return {
    pid: child.pid ?? -1,
    port: await listening,
    received: () => Promise.resolve(stored),
    stop() {
      if (child.connected) tell({ kind: 'stop', graceMs: 0 });
      return ended;
    },
  };
}

function makeSettings(
  folder: string,
  encryption: boolean,
  tls: Certificate | undefined,
): ReceiverSettings {
  const spool = join(folder, 'spool');
  for (const place of ['inbox', 'quarantine', 'keys'])
    mkdirSync(join(spool, place), { recursive: true, mode: 0o700 });
  const over = tls && {
    plain: false,
    tls: { port: 0, ...tls, authorityFile: tls.certificateFile },
  };
  const own = { host: '127.0.0.1', port: 0, acceptAnyCalledAeTitle: true, ...over };
  const configuration = parseConfiguration({
    dataFolder: folder,
    receiver: own,
    spool: { encryption },
  });
  return receiverSettings(configuration, spool, readReceiverTls(configuration, disk));
}
