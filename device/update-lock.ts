import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';

/** Gives the lock back for one holder; harmless when repeated. */
export type LetGo = () => void;

/**
 * Keeps balenaOS from replacing or rebooting the appliance in the middle of something. Nobody has to wait for it: where
 * it cannot be taken the work goes on, and `error()` says why an update may interrupt it.
 */
export interface UpdateLock {
  /** The first holder takes the lock, the last one gives it back. The reason is for people: "exam of CT-1". */
  hold(reason: string): LetGo;
  /** Why updates have to wait, in the order of asking. */
  reasons(): string[];
  /** UPDATE_LOCK_UNAVAILABLE while somebody holds it and it could not be taken. */
  error(): ScansideError | undefined;
}

/** Takes the kernel's exclusive lock on an open file, without waiting: whether it was free. Freed when `fd` is closed. */
export type LockFile = (fd: number) => boolean;

/**
 * `flock` of util-linux, as Node has no such call. The lock belongs to what `fd` has open, not to the process that asked
 * for it: it outlives the program, and dies with the last descriptor, however this process ends.
 */
export const lockWithProgram: LockFile = (fd) => {
  const asked = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (asked.error) throw asked.error;
  return asked.status === 0;
};

/** Where balenaOS looks; the folder is shared with it and outlives the container. */
export const balenaLockPath = '/tmp/balena/updates.lock';

interface Owner {
  pid: number;
  reasons: string[];
}

/**
 * The update lock at `path`. balena has two on that path, and both are taken: the supervisor heeds that the file is
 * there (made by O_EXCL), the host's own updates heed flock(). Beside it `path`.owner says who holds it and why.
 *
 * A lock that an earlier run of ours has left behind is cleared now: it has an owner's note, and the kernel's lock on it
 * is free. One without a note is the supervisor's and is left alone. Without a path (no balena) holders are counted only.
 */
export function openUpdateLock(
  files: Files,
  path: string | undefined,
  lockFile: LockFile = lockWithProgram,
): UpdateLock {
  const lock = new HeldLock(files, path, lockFile);
  lock.clearStale();
  return lock;
}

class HeldLock implements UpdateLock {
  readonly #files: Files;
  readonly #path: string | undefined;
  readonly #lockFile: LockFile;
  /** Insertion order is the order of asking. */
  readonly #holders = new Map<symbol, string>();
  #fd: number | undefined;
  /** The kernel's lock on `#fd` is ours. */
  #guarded = false;
  #error: ScansideError | undefined;

  constructor(files: Files, path: string | undefined, lockFile: LockFile) {
    this.#files = files;
    this.#path = path;
    this.#lockFile = lockFile;
  }

  hold(reason: string): LetGo {
    const holder = Symbol(reason);
    this.#holders.set(holder, reason);
    this.#settle();
    return () => {
      if (this.#holders.delete(holder)) this.#settle();
    };
  }

  reasons(): string[] {
    return [...this.#holders.values()];
  }

  error(): ScansideError | undefined {
    return this.#error;
  }

  clearStale(): void {
    const path = this.#path;
    if (path === undefined || !this.#files.exists(notePath(path))) return;
    this.#attempt(() => {
      if (!this.#files.exists(path) || this.#isFree(path)) this.#removeFiles(path);
    });
  }

  /** Brings the files in line with the holders. */
  #settle(): void {
    const path = this.#path;
    if (path === undefined) return;
    this.#error = undefined;
    this.#attempt(() => {
      if (this.#holders.size === 0) this.#release(path);
      else this.#guard(this.#take(path));
    });
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#error = toError(cause);
    }
  }

  /** The note comes first and goes last: a lock without one is never taken for ours. */
  #take(path: string): number {
    if (this.#fd === undefined && this.#files.exists(path)) throw taken();
    this.#writeNote(path);
    return (this.#fd ??= this.#create(path));
  }

  #guard(fd: number): void {
    this.#guarded ||= this.#lockFile(fd);
    if (!this.#guarded) throw taken();
  }

  #create(path: string): number {
    try {
      return this.#files.create(path);
    } catch (cause) {
      this.#files.remove(notePath(path));
      throw cause;
    }
  }

  #release(path: string): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    this.#guarded = false;
    this.#removeFiles(path);
    this.#files.close(fd);
  }

  #removeFiles(path: string): void {
    this.#files.remove(path);
    this.#files.remove(notePath(path));
  }

  #isFree(path: string): boolean {
    const fd = this.#files.openToRead(path);
    try {
      return this.#lockFile(fd);
    } finally {
      this.#files.close(fd);
    }
  }

  #writeNote(path: string): void {
    const owner: Owner = { pid: process.pid, reasons: this.reasons() };
    this.#files.replace(notePath(path), `${JSON.stringify(owner)}\n`);
  }
}

function notePath(path: string): string {
  return `${path}.owner`;
}

function taken(): ScansideError {
  return new ScansideError('UPDATE_LOCK_UNAVAILABLE', 'the supervisor or the host holds it');
}

function toError(cause: unknown): ScansideError {
  if (cause instanceof ScansideError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return taken();
  return new ScansideError('UPDATE_LOCK_UNAVAILABLE', message, { cause });
}
