import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { type Clock, systemClock } from '../../../../device/clock.ts';
import { ScansideError } from '../../../../device/errors.ts';
import type { Files } from '../../../../device/files.ts';
import type { LibraryUse } from './library-proof.ts';
import { misplaced, ortTable } from './ort-table.ts';

/** Where it is written down which libraries have been proved. */
export interface ProofStore {
  files: Files;
  folder: string;
}

export interface PreflightSettings {
  /** Without one, the proof is made every time; it takes about half a second. */
  store?: ProofStore | undefined;
  clock?: Clock;
  limitMs?: number;
  /** The program that proves. */
  program?: string;
}

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const proofProgram = join(import.meta.dirname, `proof-process${extname(import.meta.filename)}`);

const chunk = 2 ** 20;

function hashFile(files: Files, path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunk);
  const fd = files.openToRead(path);
  try {
    for (let at = 0, read = chunk; read === chunk; at += read) {
      read = files.read(fd, buffer, at);
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    files.close(fd);
  }
  return hash.digest('hex');
}

/**
 * Everything that could make the answer another one: every library beside it, what it is used for, our table.
 * Undefined where the library is no file in its folder: then there is nothing to go by.
 */
function keyOf({ library, provider }: LibraryUse, files: Files): string | undefined {
  const folder = dirname(library);
  const names = files
    .list(folder)
    .filter((name) => /\.so(\.\d+)*$/.test(name) && !files.isFolder(join(folder, name)));
  if (!names.includes(basename(library))) return undefined;
  const libraries = names.map((name) => [name, hashFile(files, join(folder, name))]);
  const facts = [basename(library), libraries, provider, ortTable, process.arch];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function recordOf(use: LibraryUse, { files, folder }: ProofStore): string | undefined {
  const key = keyOf(use, files);
  return key && join(folder, `${key}.json`);
}

/** Why the library is refused; empty for one that is proved. */
function prove(
  use: LibraryUse,
  { clock = systemClock, limitMs = 60_000, program = proofProgram }: PreflightSettings,
): Promise<string> {
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  return new Promise((resolve) => {
    const settle = (why: string) => {
      cancel();
      child.kill('SIGKILL');
      resolve(why);
    };
    const cancel = clock.after(limitMs, () =>
      settle(`its proof did not end within ${limitMs / 1000} s`),
    );
    child.once('message', (why) =>
      settle(typeof why === 'string' ? why : 'its proof said nothing'),
    );
    child.once('error', (error) => settle(`its proof could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      settle(`${misplaced}, or it is damaged: the proof ended by ${signal ?? `exit ${code}`}`),
    );
    child.send(use, () => undefined);
  });
}

function refusal({ library }: LibraryUse, why: string): ScansideError {
  return new ScansideError('ENGINE_LIBRARY_REFUSED', `${library}: ${why}`);
}

/**
 * Has a process that may be lost prove a library, before this one loads it. What has been proved is written down by the
 * hash of every library beside it; a refusal is not. Throws ENGINE_LIBRARY_REFUSED, and never takes another instead.
 */
export async function preflight(use: LibraryUse, settings: PreflightSettings = {}): Promise<void> {
  const { store } = settings;
  if (!isAbsolute(use.library)) throw refusal(use, 'its path is not absolute');
  const record = store && recordOf(use, store);
  if (store && record && store.files.exists(record)) return;
  const why = await prove(use, settings);
  if (why) throw refusal(use, why);
  if (!store || !record) return;
  store.files.makeFolder(store.folder);
  store.files.replace(record, `${JSON.stringify(use)}\n`);
}
