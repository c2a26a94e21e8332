import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { findProgram, freePort, sharedFolder } from '../tests/outside.ts';
import { startOrthanc } from '../tests/peers/orthanc.ts';
import { isListening, startProgram } from '../tests/peers/process.ts';
import { dcmtkOptions, type Certificate } from './certificate.ts';
import { programFolder } from '../runtime/service.ts';
import {
  compiledProgram,
  type OurReceiverPlace,
  sourceProgram,
  startOurReceiver,
} from './our-receiver.ts';
import type { Sender } from './sender.ts';

/** A storage SCP that runs. */
export interface Server {
  pid: number;
  port: number;
  /** How many instances it holds. */
  received(): Promise<number>;
  stop(): Promise<void>;
}

export interface Place {
  /** A fresh folder of the server's own, on the disk that is measured. */
  folder: string;
  sender: Sender;
  /** The library that makes a peer durable, where it could be built. */
  shim: string | undefined;
  /** For senders that use TLS. */
  tls: Certificate | undefined;
}

/** One competitor, as data: a line of the table. */
export interface ServerKind {
  name: string;
  /** Whether what it has answered with success survives a power cut. */
  durable: boolean;
  /** Whether its peak memory is that of its first process alone, the others having ended. */
  parentOnly?: true;
  /** Programs that it needs; one with a slash is a file of this folder. */
  needs: readonly string[];
  needsShim?: true;
  /** Takes TLS. */
  offersTls?: true;
  start(place: Place): Promise<Server>;
}

/** Ours, as it is shipped, is the first. A variant of ours is one more line. */
export const ours = scanside('Scanside', {});
export const oursEncrypted = scanside('Scanside, encrypted at rest', { encrypted: true });
const oursFromSource = scanside('Scanside, from source', { program: sourceProgram });
export const storescp = dcmtk('storescp --fork', []);
export const storescpFsync = dcmtk('storescp --fork, fsync', [], 'durable');
export const orthancSync = orthanc('Orthanc, SyncStorageArea', true);

export const serverKinds: readonly ServerKind[] = [
  ours,
  oursEncrypted,
  oursFromSource,
  storescpFsync,
  dcmtk('storescp --fork +B, fsync', ['+B'], 'durable'),
  orthancSync,
  storescp,
  dcmtk('storescp --fork +B', ['+B']),
  orthanc('Orthanc', false),
  dcmjsDimse('dcmjs-dimse', 'parse'),
  dcmjsDimse('dcmjs-dimse, stream hook', 'stream'),
];

/** What is missing on this machine to run the server; empty where nothing is. */
export function missingFor(kind: ServerKind, shim: string | undefined): string[] {
  const programs = kind.needs.filter((name) => !isThere(name));
  return kind.needsShim && !shim ? [...programs, 'the fsync shim (../shared and cc)'] : programs;
}

function isThere(name: string): boolean {
  return name.includes('/') ? existsSync(join(programFolder, name)) : !!findProgram(name);
}

/** Builds the library that flushes what a peer writes; undefined where its source or a compiler is absent. */
export function buildShim(folder: string): string | undefined {
  const shared = sharedFolder();
  if (!shared) return undefined;
  return buildLibrary(join(shared, 'tools', 'fsync-shim', 'fsyncclose.c'), folder, 'fsyncclose');
}

/** Compiles one file of C to a library for LD_PRELOAD; undefined where that does not work. */
export function buildLibrary(source: string, folder: string, name: string): string | undefined {
  const library = join(folder, `${name}.so`);
  const options = ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'];
  return spawnSync('cc', options).status === 0 ? library : undefined;
}

function dcmtk(name: string, options: string[], durable?: 'durable'): ServerKind {
  return {
    name,
    durable: durable !== undefined,
    parentOnly: true,
    offersTls: true,
    needs: ['storescp'],
    ...(durable && { needsShim: true as const }),
    async start({ folder, sender, shim, tls }) {
      mkdirSync(folder, { recursive: true });
      const port = await freePort();
      const args = [
        '--fork',
        ...options,
        ...sender.server,
        ...dcmtkOptions(tls),
        '-od',
        folder,
        String(port),
      ];
      const preload: Record<string, string> = durable && shim ? { LD_PRELOAD: shim } : {};
      const environment = { ...sender.environment, ...preload };
      const ready = (): Promise<boolean> => isListening(port);
      const running = await startProgram('storescp', args, ready, 30_000, environment);
      return { ...running, port, received: countFiles(folder) };
    },
  };
}

function scanside(name: string, variant: Partial<OurReceiverPlace>): ServerKind {
  return {
    name,
    durable: true,
    needs: [variant.program ?? compiledProgram],
    offersTls: true,
    start: (place) => startOurReceiver({ ...place, ...variant }),
  };
}

function orthanc(name: string, syncs: boolean): ServerKind {
  return {
    name,
    durable: syncs,
    needs: ['Orthanc'],
    async start({ folder, sender }) {
      const extra = { SyncStorageArea: syncs, Plugins: [], MaximumPduLength: 131_072 };
      const own = { DicomCheckCalledAet: false, StableAge: 60 };
      const { environment } = sender;
      const running = await startOrthanc(folder, { extra: { ...extra, ...own }, environment });
      return {
        pid: running.pid,
        port: running.dicomPort,
        received: () => running.count(),
        stop: () => running.stop(),
      };
    },
  };
}

function dcmjsDimse(name: string, mode: 'parse' | 'stream'): ServerKind {
  return {
    name,
    durable: false,
    needs: [],
    async start({ folder }) {
      mkdirSync(folder, { recursive: true });
      const port = await freePort();
      const program = join(import.meta.dirname, 'dcmjs-dimse-server.ts');
      const args = [program, mode, String(port), folder];
      const running = await startProgram(process.execPath, args, () => isListening(port));
      return { ...running, port, received: countFiles(folder) };
    },
  };
}

function countFiles(folder: string): () => Promise<number> {
  return () => Promise.resolve(readdirSync(folder).length);
}
