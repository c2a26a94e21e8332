import { join } from 'node:path';
import process from 'node:process';
import { readSupervisorAddress } from '../device/balena.ts';
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

  constructor(files: Files, programFolder: string) {
    const isBalena = readSupervisorAddress(process.env) !== undefined;
    const library = join(programFolder, 'onnxruntime', 'libonnxruntime.so.1');
    this.mismatch = checkPlatform(files, programFolder);
    this.#library = files.exists(library) ? library : undefined;
    this.#lock = openUpdateLock(files, isBalena ? balenaLockPath : undefined);
  }

  /** What the site wants of inference, as far as this box allows it. */
  settle(wanted: Configuration['inference']): Configuration['inference'] {
    const library = wanted.library ?? this.#library;
    return this.mismatch ? { ...wanted, library, accelerator: 'none' } : { ...wanted, library };
  }

  /** Keeps updates away for as long as there is a reason; undefined: they may come. */
  guard(reason: string | undefined): void {
    if (reason === undefined) this.#letGo?.();
    this.#letGo = reason === undefined ? undefined : (this.#letGo ?? this.#lock.hold(reason));
  }

  /** For the panel. */
  warnings(): string[] {
    const errors = [this.mismatch, this.#lock.error()];
    return errors.flatMap((error) => (error ? [`${error.message} ${error.remedy}`] : []));
  }
}
