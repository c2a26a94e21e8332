import type { Clock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';

/** How long an answer of the file system is believed, milliseconds. */
const lookEveryMs = 1000;

export interface DiskGuardOptions {
  files: Files;
  clock: Clock;
  folder: string;
  /** No image is taken with less of the disk free than this, in percent. */
  percent: number;
  /** Told when it begins or ceases to be so. */
  changed(full: boolean): void;
}

/** Says whether there is room for another image: one that is refused can be sent again, one that is cut off is lost time. */
export class DiskGuard {
  readonly #options: DiskGuardOptions;
  #lookAt = -Infinity;
  #full = false;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  hasRoom(): boolean {
    const { clock } = this.#options;
    if (clock.monotonic() >= this.#lookAt) {
      this.#lookAt = clock.monotonic() + lookEveryMs;
      this.#look();
    }
    return !this.#full;
  }

  #look(): void {
    const { files, folder, percent, changed } = this.#options;
    const { free, total } = files.space(folder);
    const full = 100 * free < percent * total;
    if (full !== this.#full) changed(full);
    this.#full = full;
  }
}
