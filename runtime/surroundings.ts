import { join } from 'node:path';
import process from 'node:process';
import { readSupervisorAddress } from '../device/balena.ts';
import { type ActiveCondition, raise } from '../device/conditions.ts';
import type { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { checkPlatform } from '../device/l4t.ts';
import {
  balenaLockPath,
  type LetGo,
  openUpdateLock,
  type UpdateLock,
} from '../device/update-lock.ts';
import type { Configuration } from './config.ts';

/** The box that the appliance runs in: what its image was built for, and who may replace it in the midst of an exam. */
export class Surroundings {
  /** PLATFORM_MISMATCH where the image's GPU libraries are for another JetPack. */
  readonly mismatch: ScansideError | undefined;
  readonly #library: string | undefined;
  readonly #lock: UpdateLock;
  #letGo: LetGo | undefined;

  constructor(files: Files, programFolder: string, lock = balenaLock(files)) {
    const library = join(programFolder, 'onnxruntime', 'libonnxruntime.so.1');
    this.mismatch = checkPlatform(files, programFolder);
    this.#library = files.exists(library) ? library : undefined;
    this.#lock = lock;
  }

  /** What the site wants of inference, as far as this box allows it. */
  settle(wanted: Configuration['inference']): Configuration['inference'] {
    const library = wanted.library ?? this.#library;
    return this.mismatch ? { ...wanted, library, accelerator: 'none' } : { ...wanted, library };
  }

  /** Keeps updates away while a scanner is connected or an exam is on its way; they may come when neither is so. */
  guard({ connected, unfinished }: { connected: boolean; unfinished: () => boolean }): void {
    const reason = connected
      ? 'a scanner is connected'
      : unfinished()
        ? 'an exam is on its way'
        : '';
    if (reason) this.#letGo ??= this.#lock.hold(reason);
    else this.release();
  }

  /** Keeps updates away for another reason, until it is let go. */
  hold(reason: string): LetGo {
    return this.#lock.hold(reason);
  }

  release(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** For the panel. */
  warnings(): ActiveCondition[] {
    return [
      ...(this.mismatch ? [raise('platform-mismatch')] : []),
      ...(this.#lock.error() ? [raise('update-lock')] : []),
    ];
  }
}

/** Under balenaOS its lock; elsewhere one that only counts. */
function balenaLock(files: Files): UpdateLock {
  const isBalena = readSupervisorAddress(process.env) !== undefined;
  return openUpdateLock(files, isBalena ? balenaLockPath : undefined);
}
